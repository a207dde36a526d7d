import { describe, expect, it } from 'vitest'
import { budget, faultsOf, meetFault, openaiChat, stacks, toTable } from './fixture-faults.ts'

const intro = `# Fault matrix

What a caller sees of every fault, through every combinator of \`@ashlar/models\`, with a stream and with one plain
answer. The test \`fault-matrix.contract.test.ts\` makes this page over OpenAI's chat completions and fails when it is no
longer true; \`fault-dialects.contract.test.ts\` finds the same over its responses, Anthropic's messages and Ollama's chat.

The first upstream call meets the fault, every other one is answered. The caller gives a deadline and a budget of
${budget} further calls. **Sees**: the whole answer, or the kind of the \`ModelError\`, with the parts that had arrived.
**Calls**: upstream calls made. **Billed**: calls whose usage was settled with the meter, as reported by the vendor or
estimated where the answer was cut. \`race\` and \`fallback\` have two models, the second of which is slower.
\`all of them\` is \`cache(coalesce(fallback([a, b].map((m) => retry(breaker(limit(timeout(m)))), { continue: true }))))\`.
`

describe('the fault matrix', () => {
  // The call that lost a race may be given up before it arrives; then a cell shows one call less, and all is asked again.
  it('is what the documentation says', { timeout: 120_000, retry: 2 }, async () => {
    const sections: string[] = []
    for (const [name, fault] of faultsOf(openaiChat)) {
      const rows = await Promise.all(
        Object.entries(stacks).map(async ([name, stack]) => {
          const trial = { dialect: openaiChat, stack, fault }
          const [stream, plain] = await Promise.all([
            meetFault({ ...trial, deltas: true }),
            meetFault({ ...trial, deltas: false }),
          ])
          for (const { calls } of [stream, plain]) expect(calls).toBeLessThanOrEqual(1 + budget)
          const cells = [stream, plain].flatMap(({ sees, calls, billed }) => [sees, `${calls}`, billed])
          return [name, ...cells]
        }),
      )
      const head = ['Combinator', 'Stream: sees', 'Calls', 'Billed', 'Plain: sees', 'Calls', 'Billed']
      sections.push(`## ${name}\n\n${toTable(head, rows)}\n`)
    }
    const page = [intro, ...sections].join('\n')
    expect(page.split('\n').filter((line) => line.includes('unexpected'))).toEqual([])
    await expect(page).toMatchFileSnapshot('../../../../docs/fault-matrix.md')
  })
})
