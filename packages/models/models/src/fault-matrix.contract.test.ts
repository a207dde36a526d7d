import { type LanguageModel, ModelError } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import { createWireServer, type WireFault, type WireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { countedMeter, hello, see } from './fixture-calls.ts'
import {
  balance,
  breaker,
  cache,
  coalesce,
  createRetryBudget,
  fallback,
  hedge,
  limit,
  race,
  record,
  retry,
  timeout,
} from './index.ts'

const text = 'The quick brown fox jumps over it.'
/** Frames until two deltas of the text are out. */
const middle = 3

const faults: readonly (readonly [name: string, fault: WireFault | undefined])[] = [
  ['none: a slow drip', undefined],
  ['401', { status: 401 }],
  ['400', { status: 400 }],
  ['400 context overflow', { status: 400, kind: 'context-overflow' }],
  ['400 content', { status: 400, kind: 'content' }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after-ms': '10' } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['529', { status: 529 }],
  ['closed before the headers', { stop: 'close', at: 'request' }],
  ['reset before the headers', { stop: 'reset', at: 'request' }],
  ['ended after the headers', { stop: 'end', at: 'headers' }],
  ['hangs before the headers', { stop: 'hang', at: 'request' }],
  ['hangs after the headers', { stop: 'hang', at: 'headers' }],
  ['first event malformed', { malformedFrame: 0 }],
  ['error inside a 200, at once', { errorFrame: 0 }],
  ['cut at a byte of the first event', { stop: 'end', at: 20 }],
  ['ended in the middle', { stop: 'end', at: { frames: middle } }],
  ['closed in the middle', { stop: 'close', at: { frames: middle } }],
  ['reset in the middle', { stop: 'reset', at: { frames: middle } }],
  ['hangs in the middle', { stop: 'hang', at: { frames: middle } }],
  ['malformed in the middle', { malformedFrame: middle }],
  ['error inside a 200, in the middle', { errorFrame: middle }],
]

/** Long enough for a machine that is busy: they decide only where an answer hangs. */
const patience = { deadlineMs: 1500, timeoutMs: 500, hedgeMs: 250, rivalMs: 250 }

type Stack = (models: { readonly a: LanguageModel; readonly b: LanguageModel }) => LanguageModel

const between = { firstEventMs: patience.timeoutMs, betweenEventsMs: patience.timeoutMs }
const guarded = (model: LanguageModel): LanguageModel =>
  retry(breaker(limit(timeout(model, between))), { attempts: 2, baseMs: 1 })

const stacks: Readonly<Record<string, Stack>> = {
  '(none)': ({ a }) => a,
  retry: ({ a }) => retry(a, { baseMs: 1 }),
  fallback: ({ a, b }) => fallback([a, b]),
  'fallback, continue': ({ a, b }) => fallback([a, b], { continue: true }),
  race: ({ a, b }) => race([a, b]),
  balance: ({ a, b }) => balance([a, b]),
  limit: ({ a }) => limit(a, { requestsPerMinute: 100 }),
  breaker: ({ a }) => breaker(a),
  hedge: ({ a }) => hedge(a, { afterMs: patience.hedgeMs }),
  timeout: ({ a }) => timeout(a, between),
  coalesce: ({ a }) => coalesce(a),
  cache: ({ a }) => cache(a),
  record: ({ a }) => record(a, { sink: () => undefined }),
  'all of them': ({ a, b }) => cache(coalesce(fallback([guarded(a), guarded(b)], { continue: true }))),
}

interface Outcome {
  readonly sees: string
  readonly calls: number
  readonly billed: string
}

const budget = 3

const run = async (stack: Stack, fault: WireFault | undefined, deltas: boolean): Promise<Outcome> => {
  let asked = 0
  const server: WireServer = await createWireServer({
    answers: ({ body }) => {
      const isFirst = asked++ === 0
      // What goes on with an answer that was cut gets the rest of it.
      const said = /"The quick[^"]*"/.exec(JSON.stringify(body['messages']))?.[0].slice(1, -1) ?? ''
      const answer = { text: text.slice(said.length), deltaSize: 8, pace: { frames: 1, everyMs: 15 } }
      if (isFirst) return { ...answer, ...(fault && { fault }) }
      return { ...answer, ...(body['model'] === 'b' && { delayMs: patience.rivalMs }) }
    },
  })
  try {
    const at = { baseURL: `${server.url}/v1`, apiKey: 'none' }
    const model = stack({ a: openai('a', at), b: openai('b', at) })
    const meter = countedMeter()
    const retryBudget = createRetryBudget(budget)
    const hangs = fault && 'stop' in fault && fault.stop === 'hang'
    const deadline = Date.now() + (hangs ? 1 : 6) * patience.deadlineMs
    const { error, parts } = await see(model.stream({ ...hello, deltas, meter, retryBudget, deadline }))
    await server.until(() => server.openSockets === 0 || meter.settled.length === meter.reserved.length)
    const exact = meter.settled.filter((usage) => usage && !usage.estimated).length
    const estimated = meter.settled.filter((usage) => usage?.estimated).length
    const kinds = [...(exact > 0 ? [`${exact}`] : []), ...(estimated > 0 ? [`${estimated} estimated`] : [])]
    const sees = ModelError.isInstance(error)
      ? `${error.kind}${error.partial ? ' + partial' : ''}`
      : error === undefined && parts === text
        ? 'answer'
        : `unexpected: ${String(error)} ${parts}`
    return { sees, calls: server.requests.length, billed: kinds.join(', ') || '0' }
  } finally {
    await server.close()
  }
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

const intro = `# Fault matrix

What a caller sees of every fault, through every combinator of \`@ashlar/models\`, with a stream and with one plain
answer. The test \`fault-matrix.contract.test.ts\` makes this page and fails when it is no longer true.

The first upstream call meets the fault, every other one is answered. The caller gives a deadline and a budget of
${budget} further calls. **Sees**: the whole answer, or the kind of the \`ModelError\`, with the parts that had arrived.
**Calls**: upstream calls made. **Billed**: calls whose usage was settled with the meter, as reported by the vendor or
estimated where the answer was cut. \`race\` and \`fallback\` have two models, the second of which is slower.
\`all of them\` is \`cache(coalesce(fallback([a, b].map((m) => retry(breaker(limit(timeout(m)))), { continue: true }))))\`.
`

describe('the fault matrix', () => {
  it('is what the documentation says', { timeout: 120_000 }, async () => {
    const sections: string[] = []
    for (const [name, fault] of faults) {
      const rows = await Promise.all(
        Object.entries(stacks).map(async ([stack, build]) => {
          const [stream, plain] = await Promise.all([run(build, fault, true), run(build, fault, false)])
          for (const { calls } of [stream, plain]) expect(calls).toBeLessThanOrEqual(1 + budget)
          const cells = [stream, plain].flatMap(({ sees, calls, billed }) => [sees, `${calls}`, billed])
          return [stack, ...cells]
        }),
      )
      const head = ['Combinator', 'Stream: sees', 'Calls', 'Billed', 'Plain: sees', 'Calls', 'Billed']
      sections.push(`## ${name}\n\n${table(head, rows)}\n`)
    }
    const page = [intro, ...sections].join('\n')
    expect(page).not.toContain('unexpected')
    await expect(page).toMatchFileSnapshot('../../../../docs/fault-matrix.md')
  })
})
