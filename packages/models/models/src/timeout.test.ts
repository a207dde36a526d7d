import { getEventListeners } from 'node:events'
import type { LanguageModel } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { countedMeter, failure, hangingModel, hello, modelErrorOf, see } from './fixture-calls.ts'
import { timeout } from './timeout.ts'

describe('timeout', () => {
  it('fails an answer that does not begin, and aborts the call', async () => {
    const clock = fakeClock(0)
    const model = hangingModel()
    const { signal } = new AbortController()
    const error = modelErrorOf(timeout(model, { firstEventMs: 1000, clock }).stream({ ...hello, signal }))
    await clock.advance(999)
    expect(model.aborted).toBe(0)
    await clock.advance(1)
    expect(await error).toMatchObject({
      kind: 'timeout',
      retryable: true,
      message: 'hanging/hanging: the answer did not begin within 1000 ms',
    })
    expect([model.aborted, clock.pending, getEventListeners(signal, 'abort').length]).toEqual([1, 0, 0])
  })

  it('fails an answer that does not go on, with what had arrived and what it used', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel(
      [{ reasoning: 'hm', text: 'Slow answer', deltaSize: 4, deltaDelayMs: 2000 }],
      { clock },
    )
    const meter = countedMeter()
    const settings = { firstEventMs: 10, betweenEventsMs: 1000, clock }
    const error = modelErrorOf(timeout(model, settings).stream({ ...hello, meter }))
    await clock.advance(10_000)
    expect((await error).message).toBe('scripted/scripted: the answer did not go on for 1000 ms')
    expect((await error).partial).toEqual([{ type: 'reasoning', text: 'hm' }])
    expect((await error).usage).toEqual({ inputTokens: 10, outputTokens: 5, estimated: true })
    expect(meter.settled).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('does not count the time the reader takes between events', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel([{ text: 'abc', deltaSize: 1, deltaDelayMs: 900 }], { clock })
    const iterator = timeout(model, { betweenEventsMs: 1000, clock }).stream(hello)[Symbol.asyncIterator]()
    for (;;) {
      const next = iterator.next()
      await clock.advance(900)
      if ((await next).done) break
      await clock.advance(5000)
    }
    expect(clock.pending).toBe(0)
  })

  it('fails an answer that takes too long in all, also between two events and between two reads', async () => {
    const clock = fakeClock(0)
    const slow = () => scriptedModel([{ text: 'abcdef', deltaSize: 1, deltaDelayMs: 400 }], { clock })
    const settings = { totalMs: 1000, betweenEventsMs: 900, clock }
    const error = modelErrorOf(timeout(slow(), settings).stream(hello))
    await clock.advance(10_000)
    // The model itself keeps the deadline it was given.
    expect((await error).kind).toBe('timeout')
    const deaf: LanguageModel = {
      ...slow(),
      stream: ({ signal, meter }) =>
        slow().stream({ ...hello, ...(signal && { signal }), ...(meter && { meter }) }),
    }
    const cut = modelErrorOf(timeout(deaf, settings).stream(hello))
    await clock.advance(10_000)
    expect((await cut).message).toBe('scripted/scripted: the answer was not complete after 1000 ms')
    expect((await cut).partial).toEqual([{ type: 'text', text: 'abc' }])
    const iterator = timeout(deaf, settings).stream(hello)[Symbol.asyncIterator]()
    await iterator.next()
    await clock.advance(2000)
    const next = iterator.next()
    next.catch(() => undefined)
    await clock.advance(200)
    await expect(next).rejects.toMatchObject({ kind: 'timeout', partial: [{ type: 'text', text: 'a' }] })
  })

  it('fails even where the model does not listen to its signal', async () => {
    const clock = fakeClock(0)
    const deaf: LanguageModel = { provider: 'p', modelId: 'm', stream: () => hangingModel().stream(hello) }
    const error = modelErrorOf(timeout(deaf, { firstEventMs: 1000, clock }).stream(hello))
    await clock.advance(1100)
    expect((await error).kind).toBe('timeout')
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer behind, however the call ends', async () => {
    const clock = fakeClock(0)
    const settings = { totalMs: 9000, firstEventMs: 500, betweenEventsMs: 500, clock }
    const controller = new AbortController()
    const request = { ...hello, signal: controller.signal }
    await see(timeout(scriptedModel(['fine'], { clock }), settings).stream(request))
    expect(clock.pending).toBe(0)
    await see(timeout(scriptedModel([{ error: failure('auth') }], { clock }), settings).stream(request))
    expect(clock.pending).toBe(0)
    for await (const _ of timeout(scriptedModel(['fine'], { clock }), settings).stream(request)) break
    expect([clock.pending, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0])
    const reading = see(timeout(hangingModel(), settings).stream(request))
    controller.abort(new Error('enough'))
    expect((await reading).error).toEqual(new Error('enough'))
    expect([clock.pending, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0])
  })

  it('passes its total on as the deadline, unless there is an earlier one', async () => {
    const clock = fakeClock(0)
    const deadlines: (number | undefined)[] = []
    const model: LanguageModel = {
      provider: 'p',
      modelId: 'm',
      stream: (request) => {
        deadlines.push(request.deadline)
        return scriptedModel(['fine'], { clock }).stream(request)
      },
    }
    await see(timeout(model, { totalMs: 1000, clock }).stream(hello))
    await see(timeout(model, { totalMs: 1000, clock }).stream({ ...hello, deadline: 500 }))
    await see(timeout(model, { firstEventMs: 1000, clock }).stream(hello))
    expect(deadlines).toEqual([1000, 500, undefined])
  })

  it('refuses bad options', () => {
    expect(() => timeout(scriptedModel([]), {})).toThrow(
      /^options: expected totalMs, firstEventMs or betweenEventsMs/,
    )
    expect(() => timeout(scriptedModel([]), { totalMs: -5 })).toThrow(
      /^totalMs: expected a number above 0, received -5/,
    )
  })
})
