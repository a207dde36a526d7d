import type { LanguageModel } from '@ashlar/core'
import { fakeClock, scriptedModel, seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balance, type BalanceOptions } from './balance.ts'
import { breaker } from './breaker.ts'
import { failure, hangingModel, hello, says, see } from './fixture-calls.ts'
import { retry } from './retry.ts'

const named = (modelId: string) => scriptedModel(() => 'fine', { modelId })
const who = async (model: LanguageModel, text = 'hello'): Promise<string | undefined> =>
  (await see(model.stream(says(text)))).finish?.response.modelId

const counts = async (model: LanguageModel, calls: number, text = (_: number) => 'hello') => {
  const count: Record<string, number> = {}
  for (let call = 0; call < calls; call++) {
    const name = (await who(model, text(call))) ?? 'nobody'
    count[name] = (count[name] ?? 0) + 1
  }
  return count
}

describe('balance', () => {
  it('takes turns', async () => {
    const model = balance([named('a'), named('b'), named('c')])
    expect([await who(model), await who(model), await who(model), await who(model)]).toEqual([
      'a',
      'b',
      'c',
      'a',
    ])
  })

  it('follows weights exactly over every full turn, without bursts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (weights) => {
          const model = balance(
            weights.map((_, index) => named(`m${index}`)),
            { strategy: 'weighted', weights },
          )
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const expected = Object.fromEntries(weights.map((weight, index) => [`m${index}`, weight * 2]))
          expect(await counts(model, total * 2)).toEqual(expected)
        },
      ),
      { numRuns: 20 },
    )
    const smooth = balance([named('a'), named('b')], { strategy: 'weighted', weights: [3, 2] })
    const order = []
    for (let call = 0; call < 5; call++) order.push(await who(smooth))
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a'])
  })

  it('gives a request to the least busy, and counts a call until it ends, however it ends', async () => {
    const clock = fakeClock()
    const controller = new AbortController()
    const hanging = hangingModel()
    const model = balance([hanging, named('b')], { strategy: 'least-busy', clock })
    const stuck = see(model.stream({ ...hello, signal: controller.signal }))
    await clock.advance(0)
    expect(await counts(model, 5)).toEqual({ b: 5 })
    controller.abort()
    await stuck
    for await (const _ of balance([named('a')], { strategy: 'least-busy' }).stream(hello)) break
    const again = see(model.stream({ ...hello, signal: AbortSignal.abort() }))
    await again
    expect(hanging.calls).toBe(2)
  })

  it('is even at random, within what chance allows', async () => {
    const model = balance([named('a'), named('b'), named('c'), named('d')], {
      strategy: 'random',
      random: seededRandom(4),
    })
    // Four times the standard deviation of a binomial with n = 4,000 and p = 1/4 is 110.
    for (const count of Object.values(await counts(model, 4000)))
      expect(Math.abs(count - 1000)).toBeLessThan(110)
  })

  it('prefers the fast with p2c-ewma, and comes back to who was slow', async () => {
    const clock = fakeClock(0)
    let slowMs = 1000
    const slow = scriptedModel(() => ({ text: 'x', delayMs: slowMs }), { clock, modelId: 'slow' })
    const fast = scriptedModel(() => ({ text: 'x', delayMs: 10 }), { clock, modelId: 'fast' })
    const model = balance([slow, fast], { strategy: 'p2c-ewma', clock, random: seededRandom(1) })
    const run = async (calls: number): Promise<number> => {
      const before = slow.requests.length
      for (let call = 0; call < calls; call++) {
        const reading = see(model.stream(hello))
        await clock.advance(1000)
        await reading
      }
      return slow.requests.length - before
    }
    expect(await run(100)).toBeLessThan(30)
    slowMs = 0
    expect(await run(100)).toBeGreaterThan(40)
  })

  it('takes the cheapest, equal ones in turn, unknown ones last', async () => {
    const prices: Record<string, number | undefined> = { a: 3, b: 1, c: 1 }
    const costOf = ({ modelId }: LanguageModel) => prices[modelId]
    const model = balance([named('a'), named('b'), named('c'), named('d')], { strategy: 'cost', costOf })
    expect(await counts(model, 6)).toEqual({ b: 3, c: 3 })
    prices['b'] = prices['c'] = prices['a'] = undefined
    expect(await counts(model, 4)).toEqual({ a: 1, b: 1, c: 1, d: 1 })
  })

  it('asks the healthy first, and the sick again when their time is up', async () => {
    const clock = fakeClock(0)
    let isDown = true
    const sick = scriptedModel(() => (isDown ? { error: failure('overloaded') } : 'fine'), {
      modelId: 'sick',
    })
    const model = balance([sick, named('b'), named('c')], {
      strategy: 'health-first',
      unhealthyMs: 1000,
      clock,
    })
    expect(await counts(model, 9)).toEqual({ nobody: 1, b: 4, c: 4 })
    isDown = false
    await clock.advance(1000)
    expect(await counts(model, 6)).toEqual({ sick: 2, b: 2, c: 2 })
    const broken = breaker(scriptedModel([{ error: failure('network') }]), { failures: 1 })
    const withBreaker = balance([broken, named('b')], { strategy: 'health-first', unhealthyMs: 0, clock })
    expect(await counts(withBreaker, 5)).toEqual({ nobody: 1, b: 4 })
  })

  it('keeps a session on its model, spreads sessions, and moves only those of a model that is gone', async () => {
    const strategy = { sticky: ({ messages }: typeof hello) => JSON.stringify(messages) }
    const all = ['a', 'b', 'c', 'd'].map(named)
    const four = balance(all, { strategy })
    const three = balance(all.slice(0, 3), { strategy })
    const placed: Record<string, number> = {}
    for (let session = 0; session < 400; session++) {
      const name = (await who(four, `s${session}`)) ?? ''
      expect(await who(four, `s${session}`)).toBe(name)
      placed[name] = (placed[name] ?? 0) + 1
      if (name !== 'd') expect(await who(three, `s${session}`)).toBe(name)
    }
    for (const name of ['a', 'b', 'c', 'd']) expect(Math.abs((placed[name] ?? 0) - 100)).toBeLessThan(40)
  })

  it('asks another model when it is in a retry', async () => {
    const down = scriptedModel(() => ({ error: failure('overloaded') }), { modelId: 'down' })
    const model = retry(balance([down, named('b')], { strategy: 'health-first' }), { baseMs: 0 })
    expect(await counts(model, 20)).toEqual({ b: 20 })
    expect(down.requests).toHaveLength(1)
  })

  it('refuses bad options, naming them', () => {
    const models = [named('a'), named('b')]
    const bad = (options: BalanceOptions | string) => () =>
      balance(models, typeof options === 'string' ? JSON.parse(options) : options)
    expect(bad('{"strategy":"best"}')).toThrow(/^strategy: expected one of round-robin, .*received "best"/)
    expect(bad({ strategy: 'weighted' })).toThrow(/^weights: expected 2 numbers above 0/)
    expect(bad({ strategy: 'weighted', weights: [1, -1] })).toThrow(/^weights/)
    expect(bad({ weights: [1, 1] })).toThrow(/^weights/)
    expect(bad({ strategy: 'cost' })).toThrow(/^costOf: expected a function/)
    expect(bad({ unhealthyMs: -1 })).toThrow(/^unhealthyMs/)
    expect(() => balance([])).toThrow(/^models: expected at least one model/)
    expect(() => balance([named('a'), JSON.parse('{}')])).toThrow(/^models\[1\]: expected a language model/)
  })
})
