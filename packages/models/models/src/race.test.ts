import { getEventListeners } from 'node:events'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { countedMeter, failure, hangingModel, hello, modelErrorOf, see } from './fixture-calls.ts'
import { hedge } from './hedge.ts'
import { race } from './race.ts'
import { createRetryBudget } from './retry-budget.ts'

describe('race', () => {
  it('gives the answer that begins first and aborts the others', async () => {
    const clock = fakeClock()
    const slow = scriptedModel([{ text: 'slow', delayMs: 50 }], { clock })
    const fast = scriptedModel([{ text: 'fast', delayMs: 10 }], { clock, modelId: 'fast' })
    const hanging = hangingModel()
    const meter = countedMeter()
    const { signal } = new AbortController()
    const reading = see(race([slow, fast, hanging], { clock }).stream({ ...hello, meter, signal }))
    await clock.advance(10)
    const { text, finish } = await reading
    expect([text, hanging.aborted, clock.pending]).toEqual(['fast', 1, 0])
    expect(finish?.attempts?.map(({ modelId, error }) => [modelId, error])).toEqual([
      ['hanging', 'abandoned: another call answered first'],
      ['scripted', 'abandoned: another call answered first'],
      ['fast', undefined],
    ])
    expect([meter.reserved.length, meter.settled.length]).toEqual([2, 2])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('fails only when all have failed, with all tries', async () => {
    const models = [
      scriptedModel([{ error: failure('auth') }]),
      scriptedModel([{ error: failure('network') }]),
    ]
    const error = await modelErrorOf(race(models).stream(hello))
    expect([error.kind, error.attempts?.length]).toEqual(['network', 2])
    const best = [scriptedModel([{ error: failure('auth') }]), scriptedModel(['fine'])]
    expect((await see(race(best).stream(hello))).text).toBe('fine')
  })

  it('passes on what is no failure of a model', async () => {
    const hanging = hangingModel()
    const bug = new TypeError('a bug')
    expect((await see(race([scriptedModel([{ error: bug }]), hanging]).stream(hello))).error).toBe(bug)
    expect(hanging.aborted).toBe(1)
  })

  it('aborts everything when it is aborted, and when it is left', async () => {
    const controller = new AbortController()
    const [a, b] = [hangingModel(), hangingModel()]
    const reading = see(race([a, b]).stream({ ...hello, signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect((await reading).error).toEqual(new Error('enough'))
    expect([a.aborted, b.aborted, getEventListeners(controller.signal, 'abort').length]).toEqual([1, 1, 0])
    for await (const _ of race([scriptedModel(['fine']), b]).stream({
      ...hello,
      signal: new AbortController().signal,
    }))
      break
    expect(b.aborted).toBe(2)
  })

  it('leaves a late answer that does not listen to its signal', async () => {
    let left = 0
    const gate = Promise.withResolvers<void>()
    const deaf = {
      provider: 'p',
      modelId: 'deaf',
      async *stream() {
        try {
          await gate.promise
          yield { type: 'text-delta' as const, text: 'late' }
        } finally {
          left++
        }
      },
    }
    await see(race([deaf, scriptedModel(['fine'])]).stream(hello))
    gate.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(left).toBe(1)
  })

  it('asks no more models than the budget has tries for', async () => {
    const models = [scriptedModel(['a']), scriptedModel(['b']), scriptedModel(['c'])]
    await see(race(models).stream({ ...hello, retryBudget: createRetryBudget(1) }))
    expect(models.map(({ requests }) => requests.length)).toEqual([1, 1, 0])
  })

  it('refuses bad options', () => {
    expect(() => race([])).toThrow(/^models/)
    expect(() => race([scriptedModel([])], { staggerMs: -1 })).toThrow(
      /^staggerMs: expected a number of at least 0/,
    )
  })
})

describe('hedge', () => {
  it('sends a late request once more, and gives the first answer', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel((_, call) => ({ text: `call ${call}`, delayMs: call === 1 ? 5000 : 10 }), {
      clock,
    })
    const meter = countedMeter()
    const reading = see(hedge(model, { afterMs: 100, clock }).stream({ ...hello, meter }))
    await clock.advance(110)
    const { text, finish } = await reading
    expect([text, finish?.attempts?.length, clock.pending]).toEqual(['call 2', 2, 0])
    expect(meter.settled).toHaveLength(2)
  })

  it('sends one request when the answer begins in time', async () => {
    const clock = fakeClock()
    const model = scriptedModel([{ text: 'fine', delayMs: 99, deltaDelayMs: 500, deltaSize: 1 }], { clock })
    const reading = see(hedge(model, { afterMs: 100, clock }).stream(hello))
    await clock.advance(5000)
    expect((await reading).finish).not.toHaveProperty('attempts')
    expect([model.requests.length, clock.pending]).toEqual([1, 0])
  })

  it('throws at once what fails before', async () => {
    const clock = fakeClock()
    const model = scriptedModel([{ error: failure('overloaded') }])
    expect((await modelErrorOf(hedge(model, { afterMs: 100, clock }).stream(hello))).kind).toBe('overloaded')
    expect(clock.pending).toBe(0)
  })

  it('makes at most `max` calls, and none the budget has no try for', async () => {
    for (const [tries, calls] of [
      [9, 3],
      [1, 2],
      [0, 1],
    ] as const) {
      const clock = fakeClock()
      const controller = new AbortController()
      const model = hangingModel()
      const request = { ...hello, signal: controller.signal, retryBudget: createRetryBudget(tries) }
      const reading = see(hedge(model, { afterMs: 100, max: 3, clock }).stream(request))
      await clock.advance(1000)
      controller.abort()
      await reading
      expect([model.calls, model.aborted, clock.pending]).toEqual([calls, calls, 0])
    }
  })

  it('refuses bad options', () => {
    expect(() => hedge(scriptedModel([]), JSON.parse('{}'))).toThrow(/^afterMs/)
    expect(() => hedge(scriptedModel([]), { afterMs: 0 })).toThrow(/^afterMs: expected a number above 0/)
    expect(() => hedge(scriptedModel([]), { afterMs: 1, max: 1 })).toThrow(/^max/)
  })
})
