import { InvalidArgument, type ModelErrorKind } from '@ashlar/core'
import { fakeClock, scriptedModel, type ScriptedTurn } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fallback } from './fallback.ts'
import { countedMeter, failure, hangingModel, hello, modelErrorOf, see } from './fixture-calls.ts'
import { createRetryBudget } from './retry-budget.ts'

const named = (modelId: string, ...turns: ScriptedTurn[]) => scriptedModel(turns, { modelId })
const fails = (kind: ModelErrorKind) => ({ error: failure(kind) })

describe('fallback', () => {
  it.each(['overloaded', 'rate-limit', 'auth', 'network', 'timeout', 'context-overflow'] as const)(
    'asks the next model after %s',
    async (kind) => {
      const { text, finish } = await see(
        fallback([named('a', fails(kind)), named('b', 'fine')]).stream(hello),
      )
      expect([text, finish?.response.modelId, finish?.attempts?.length]).toEqual(['fine', 'b', 2])
    },
  )

  it.each(['content', 'bad-request'] as const)('does not after %s, unless asked', async (kind) => {
    const error = await modelErrorOf(fallback([named('a', fails(kind)), named('b')]).stream(hello))
    expect(error.kind).toBe(kind)
    const asked = fallback([named('a', fails(kind)), named('b', 'fine')], { on: [kind] })
    expect((await see(asked.stream(hello))).text).toBe('fine')
    const decided = fallback([named('a', fails(kind)), named('b', 'fine')], {
      on: (error) => error.kind === kind,
    })
    expect((await see(decided.stream(hello))).text).toBe('fine')
  })

  it('throws the last error with the words and the tries of all', async () => {
    const error = await modelErrorOf(
      fallback([named('a', fails('auth')), named('b', fails('overloaded'))]).stream(hello),
    )
    expect([error.kind, error.attempts?.length]).toEqual(['overloaded', 2])
    expect(error.message).toBe(
      'no model answered. scripted/scripted: auth upstream; scripted/scripted: overloaded upstream',
    )
  })

  it('asks only larger windows after an overflow', async () => {
    const windows: Record<string, number | undefined> = { small: 8, tiny: 4, large: 100 }
    const contextWindow = ({ modelId }: { modelId: string }) => windows[modelId]
    const overflow = fails('context-overflow')
    const stack = fallback([named('small', overflow), named('tiny'), named('large', 'fine')], {
      contextWindow,
    })
    expect((await see(stack.stream(hello))).text).toBe('fine')
    const none = fallback([named('small', overflow), named('tiny')], { contextWindow })
    expect((await modelErrorOf(none.stream(hello))).kind).toBe('context-overflow')
    const unknown = fallback([named('small', overflow), named('who', 'fine')], { contextWindow })
    expect((await see(unknown.stream(hello))).text).toBe('fine')
  })

  it('asks nobody else after an abort, past the deadline, or without a try left', async () => {
    const controller = new AbortController()
    const other = named('b')
    const reading = see(fallback([hangingModel(), other]).stream({ ...hello, signal: controller.signal }))
    controller.abort(failure('network'))
    expect((await reading).error).toBe(controller.signal.reason)
    const clock = fakeClock(1000)
    await modelErrorOf(
      fallback([named('a', fails('network')), other], { clock }).stream({ ...hello, deadline: 1000 }),
    )
    const meter = countedMeter()
    const retryBudget = createRetryBudget(1)
    const three = fallback([named('a', fails('network')), named('c', fails('network')), other])
    expect((await modelErrorOf(three.stream({ ...hello, retryBudget, meter }))).attempts).toHaveLength(2)
    expect([other.requests.length, meter.settled.length]).toEqual([0, 2])
  })

  it('leaves an answer that broke in the middle to the caller', async () => {
    const error = failure('network', { partial: [{ type: 'text', text: 'half' }] })
    const { error: thrown, text } = await see(
      fallback([named('a', { text: 'half', error, errorAfter: 1 }), named('b')]).stream(hello),
    )
    expect([thrown, text]).toEqual([error, 'half'])
  })

  it('refuses bad options, naming them', () => {
    const a = named('a')
    expect(() => fallback([])).toThrow(/^models: expected at least one model, received "an empty list"/)
    expect(() => fallback([a, a])).toThrow(/^models\[1\]: expected each model once/)
    expect(() => fallback([a], { on: [] })).toThrow(/^on: expected a list/)
    expect(() => fallback([a], JSON.parse('{"on":["bad luck"]}'))).toThrow(
      /^on: expected one of auth, .*"bad luck"/,
    )
    expect(() => fallback([a], JSON.parse('{"continue":1}'))).toThrow(InvalidArgument)
  })
})

describe('fallback with `continue`', () => {
  const broken = (text: string, events = Infinity) => ({
    text,
    deltaSize: 4,
    error: failure('network'),
    errorAfter: Math.min(events, Math.ceil(text.length / 4)),
  })
  const goesOn = { continue: true }

  it('goes on with the next model without repeating text', async () => {
    const b = named('b', 'jumps over the lazy dog.')
    const { text, parts, finish, error } = await see(
      fallback([named('a', broken('The quick brown fox ')), b], goesOn).stream(hello),
    )
    expect(error).toBeUndefined()
    expect([text, parts]).toEqual(Array(2).fill('The quick brown fox jumps over the lazy dog.'))
    expect(finish?.attempts?.map(({ error }) => error)).toEqual(['network upstream', undefined])
    expect(b.requests[0]?.messages.slice(1)).toMatchObject([
      { role: 'assistant', content: [{ type: 'text', text: 'The quick brown fox ' }] },
      { role: 'user', content: [{ text: expect.stringContaining('Continue') }] },
    ])
  })

  it('takes out what the next model repeats, however the two are cut into deltas', async () => {
    const whole = 'The quick brown fox jumps over the lazy dog, and the dog does not mind at all.'
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 16, max: whole.length - 1 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 12, max: 16 }), fc.constant(whole.length)),
        fc.integer({ min: 1, max: 20 }),
        async (cutAt, repeats, deltaSize) => {
          const from = Math.max(0, cutAt - repeats)
          const b = named('b', { text: whole.slice(from), deltaSize })
          const first = { ...broken(whole.slice(0, cutAt)), deltaSize: 1, errorAfter: cutAt }
          const { text, parts } = await see(fallback([named('a', first), b], goesOn).stream(hello))
          expect([text, parts]).toEqual([whole, whole])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('goes on more than once, and fails with all that was said', async () => {
    const models = [named('a', broken('one ')), named('b', broken('two ')), named('c', 'three')]
    expect((await see(fallback(models, goesOn).stream(hello))).parts).toBe('one two three')
    const failing = [named('a', broken('one ')), named('b', broken('two '))]
    const error = await modelErrorOf(fallback(failing, goesOn).stream(hello))
    expect(error.partial).toEqual([{ type: 'text', text: 'one two ' }])
    expect(error.attempts).toHaveLength(2)
  })

  it('keeps complete parts, and starts anew after thinking alone', async () => {
    const thought = { reasoning: 'hm', text: 'The answer', deltaSize: 99, error: failure('network') }
    const b = named('b', ' is 4.')
    const kept = await see(fallback([named('a', { ...thought, errorAfter: 3 }), b], goesOn).stream(hello))
    expect(kept.parts).toBe('The answer is 4.')
    const anew = named('b', 'It is 4.')
    const { parts } = await see(
      fallback([named('a', { ...thought, errorAfter: 1 }), anew], goesOn).stream(hello),
    )
    expect([parts, anew.requests[0]?.messages.length]).toEqual(['It is 4.', 1])
  })

  it('works without deltas', async () => {
    const a = named('a', { reasoning: 'hm', text: 'Said.', error: failure('network'), errorAfter: 2 })
    const { parts } = await see(
      fallback([a, named('b', ' More.')], goesOn).stream({ ...hello, deltas: false }),
    )
    expect(parts).toBe('Said. More.')
  })

  it('throws after a tool call, and for structured output', async () => {
    const call = { toolCalls: [{ name: 'pay' }], error: failure('network'), errorAfter: 1 }
    const error = await modelErrorOf(fallback([named('a', call), named('b')], goesOn).stream(hello))
    expect(error.partial).toMatchObject([{ type: 'tool-call', name: 'pay' }])
    const json = fallback([named('a', broken('{"a":')), named('b')], goesOn)
    expect((await modelErrorOf(json.stream({ ...hello, output: {} }))).kind).toBe('network')
  })

  it('ends the open text before a tool call of the next model', async () => {
    const b = named('b', { toolCalls: [{ name: 'look' }] })
    const { events } = await see(fallback([named('a', broken('Let me look')), b], goesOn).stream(hello))
    const parts = events.flatMap((event) => (event.type === 'part' ? [event.part.type] : []))
    expect(parts).toEqual(['text', 'tool-call'])
  })

  it('frees the stream when it is left, at its start and later', async () => {
    let left = 0
    const model = {
      provider: 'p',
      modelId: 'm',
      async *stream() {
        try {
          for (;;) yield { type: 'text-delta' as const, text: 'a' }
        } finally {
          left++
        }
      },
    }
    for (const read of [1, 3]) {
      let count = 0
      for await (const _ of fallback([model], goesOn).stream(hello)) if (++count === read) break
    }
    expect(left).toBe(2)
  })
})
