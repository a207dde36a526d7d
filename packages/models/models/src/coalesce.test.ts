import { getEventListeners } from 'node:events'
import type { LanguageModel, ModelEvent } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesce } from './coalesce.ts'
import { countedMeter, failure, hangingModel, hello, modelErrorOf, says, see } from './fixture-calls.ts'

describe('coalesce', () => {
  it('makes one call for equal requests at the same time, billed once', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel([{ text: 'shared', delayMs: 10 }], { clock })
    const wrapped = coalesce(model, { clock })
    const meters = [countedMeter(), countedMeter(), countedMeter()]
    const readings = meters.map((meter) => see(wrapped.stream({ ...hello, meter })))
    await clock.advance(10)
    const answers = await Promise.all(readings)
    expect(answers.map(({ text, parts }) => `${text} ${parts}`)).toEqual(Array(3).fill('shared shared'))
    expect(answers.map(({ finish }) => finish?.replayed)).toEqual([undefined, true, true])
    expect([model.requests.length, ...meters.map(({ settled }) => settled.length)]).toEqual([1, 1, 0, 0])
  })

  it('makes calls of their own for what differs, comes later, or is kept apart', async () => {
    const model = scriptedModel(() => 'own')
    const key = ({ maxOutputTokens }: typeof hello) => (maxOutputTokens === 9 ? undefined : 'all')
    const wrapped = coalesce(model, { key })
    const requests = [
      hello,
      says('other'),
      { ...hello, temperature: 1 },
      { ...hello, deltas: false },
      { ...hello, maxOutputTokens: 9 },
      { ...hello, maxOutputTokens: 9 },
    ]
    await Promise.all(requests.map((request) => see(wrapped.stream(request))))
    await see(wrapped.stream(hello))
    expect(model.requests).toHaveLength(7)
  })

  it('gives every reader every event, however they read, join and leave', async () => {
    const reader = fc.record({
      joinsAt: fc.nat(30),
      leavesAfter: fc.option(fc.integer({ min: 1, max: 8 })),
      pauseMs: fc.nat(5),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(reader, { minLength: 1, maxLength: 6 }), async (readers) => {
        const clock = fakeClock(0)
        const turn = { text: 'abcdef', deltaSize: 1, deltaDelayMs: 3 }
        const model = scriptedModel(() => turn, { clock })
        const wrapped = coalesce(model, { clock })
        const alone = await seeAt(scriptedModel([turn], { clock }), clock)
        const pause = (milliseconds: number) =>
          new Promise<void>((resolve) => void clock.setTimeout(resolve, milliseconds))
        const readings = readers.map(async ({ joinsAt, leavesAfter, pauseMs }) => {
          await pause(joinsAt)
          const events: ModelEvent[] = []
          for await (const event of wrapped.stream(hello)) {
            events.push(
              event.type === 'finish' ? { ...event, response: { provider: '', modelId: '' } } : event,
            )
            if (events.length === leavesAfter) break
            if (pauseMs > 0) await pause(pauseMs)
          }
          return events
        })
        await clock.advance(1000)
        for (const [index, events] of (await Promise.all(readings)).entries()) {
          const expected = alone.slice(0, readers[index]?.leavesAfter ?? alone.length)
          expect(events.map(({ type }) => type)).toEqual(expected.map(({ type }) => type))
          expect(events.filter(({ type }) => type !== 'finish')).toEqual(
            expected.filter(({ type }) => type !== 'finish'),
          )
        }
        expect(model.requests.length).toBeLessThanOrEqual(readers.length)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 40 },
    )
  })

  it('aborts one reader without the others, and the call with the last', async () => {
    const clock = fakeClock(0)
    const model = hangingModel([{ type: 'text-delta', text: 'a' }])
    const wrapped = coalesce(model, { clock })
    const controllers = [new AbortController(), new AbortController()]
    const readings = controllers.map(({ signal }) => see(wrapped.stream({ ...hello, signal })))
    await clock.advance(0)
    controllers[0]?.abort(new Error('first leaves'))
    await clock.advance(0)
    expect((await readings[0])?.error).toEqual(new Error('first leaves'))
    expect([model.calls, model.aborted]).toEqual([1, 0])
    controllers[1]?.abort(new Error('last leaves'))
    expect((await readings[1])?.error).toEqual(new Error('last leaves'))
    expect(model.aborted).toBe(1)
    for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    const next = see(wrapped.stream({ ...hello, signal: AbortSignal.abort(new Error('late')) }))
    expect((await next).error).toEqual(new Error('late'))
    expect(model.calls).toBe(1)
  })

  it('keeps every reader to its own deadline', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel([{ text: 'fine', delayMs: 100 }], { clock })
    const wrapped = coalesce(model, { clock })
    const early = modelErrorOf(wrapped.stream({ ...hello, deadline: 50 }))
    const late = see(wrapped.stream({ ...hello, deadline: 500 }))
    await clock.advance(100)
    expect([(await early).kind, (await late).text, clock.pending]).toEqual(['timeout', 'fine', 0])
    const passed = modelErrorOf(wrapped.stream({ ...hello, deadline: 50 }))
    expect((await passed).kind).toBe('timeout')
  })

  it('ends at a deadline whose timer fires before the clock shows it', async () => {
    const clock = fakeClock(0)
    const hasty: typeof clock = {
      ...clock,
      setTimeout: (callback, milliseconds) => clock.setTimeout(callback, milliseconds - 1),
    }
    const model = hangingModel()
    const error = modelErrorOf(coalesce(model, { clock: hasty }).stream({ ...hello, deadline: 50 }))
    await clock.advance(49)
    expect([(await error).kind, clock.pending]).toEqual(['timeout', 0])
  })

  it('fails all readers with the error of the call, and calls again for the next', async () => {
    const model = scriptedModel([{ text: 'half', error: failure('network'), errorAfter: 1 }, 'fine'])
    const wrapped = coalesce(model)
    const both = await Promise.all([see(wrapped.stream(hello)), see(wrapped.stream(hello))])
    for (const { text, error } of both) expect([text, error]).toEqual(['half', failure('network')])
    expect((await see(wrapped.stream(hello))).text).toBe('fine')
  })

  it('refuses bad options', () => {
    expect(() => coalesce(scriptedModel([]), JSON.parse('{"key":"a"}'))).toThrow(/^key: expected a function/)
  })
})

const seeAt = async (model: LanguageModel, clock: ReturnType<typeof fakeClock>): Promise<ModelEvent[]> => {
  const reading = see(model.stream(hello))
  await clock.advance(1000)
  return (await reading).events
}
