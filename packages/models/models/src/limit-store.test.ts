import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { failure, hello, modelErrorOf, says, see } from './fixture-calls.ts'
import { limit, type LimitPlace, type LimitStore, memoryLimits } from './limit.ts'
import { retry } from './retry.ts'
import { testLimitStore } from './testing/index.ts'

testLimitStore(
  {
    name: 'in memory',
    create: async () => {
      const clock = fakeClock(0)
      return { store: memoryLimits({ clock }), advance: clock.advance }
    },
  },
  { describe, it },
)

/** A store that answers what it is told, in its own time. */
const scriptedStore = (answer: (asked: number) => Promise<LimitPlace | number>) => {
  const told: string[] = []
  let asked = 0
  const place: LimitPlace = {
    correct: async (tokens) => void told.push(`correct ${tokens}`),
    release: async () => void told.push('release'),
  }
  const store: LimitStore = { take: () => answer(++asked) }
  return { store, place, told, asked: () => asked }
}

describe('limit with a store', () => {
  it('keeps two models within one limit, and lets both have their turns', async () => {
    const clock = fakeClock(0)
    const store = memoryLimits({ clock })
    const at: number[] = []
    const make = (name?: string) =>
      limit(
        scriptedModel(() => (at.push(clock.now()), 'fine')),
        {
          requestsPerMinute: 10,
          maxWaitMs: Infinity,
          store,
          clock,
          ...(name !== undefined && { name }),
        },
      )
    const [first, second] = [make(), make()]
    const readings = [first, second].flatMap((model) =>
      Array.from({ length: 15 }, () => see(model.stream(hello))),
    )
    await clock.advance(0)
    expect([at.length, first.queued, second.queued]).toEqual([10, 10, 10])
    await clock.advance(60_000)
    expect(at).toHaveLength(10)
    await clock.advance(3 * 61_000)
    expect((await Promise.all(readings)).every(({ finish }) => finish)).toBe(true)
    for (const start of at)
      expect(at.filter((one) => one >= start && one <= start + 60_000).length).toBeLessThanOrEqual(10)
    // The negative control: under another name a model is not held up.
    const before = at.length
    const others = Array.from({ length: 5 }, () => see(make('other').stream(hello)))
    await Promise.all(others)
    expect(at.length - before).toBe(5)
    expect(clock.pending).toBe(0)
  })

  it('tells the store what was used', async () => {
    const { store, place, told } = scriptedStore(async () => place)
    await see(limit(scriptedModel(['fine'], {}), { tokensPerMinute: 9000, store }).stream(hello))
    await see(
      limit(scriptedModel([{ error: failure('auth') }]), { countTokens: () => 7, store }).stream(hello),
    )
    expect(told).toEqual([expect.stringMatching(/^correct \d+$/), 'correct 7'])
  })

  it('asks one at a time, and gives back the place of who has left meanwhile', async () => {
    const clock = fakeClock(0)
    const answers: ((answer: LimitPlace | number) => void)[] = []
    const { store, place, told, asked } = scriptedStore(() => new Promise((resolve) => answers.push(resolve)))
    const model = scriptedModel(['fine', 'fine'])
    const wrapped = limit(model, { store, clock })
    const controller = new AbortController()
    const left = see(wrapped.stream(says('first', { signal: controller.signal })))
    const stays = see(wrapped.stream(says('second')))
    await clock.advance(0)
    expect([asked(), wrapped.queued]).toEqual([1, 2])
    controller.abort(new Error('left'))
    expect(String((await left).error)).toBe('Error: left')
    answers[0]?.(place)
    await clock.advance(0)
    expect([told, asked(), model.requests.length]).toEqual([['release'], 2, 0])
    answers[1]?.(300)
    await clock.advance(299)
    expect(asked()).toBe(2)
    await clock.advance(1)
    expect(asked()).toBe(3)
    answers[2]?.(place)
    expect([(await stays).text, clock.pending]).toEqual(['fine', 0])
  })

  it('asks again within a second, as others may have given places back', async () => {
    const clock = fakeClock(0)
    const { store, place, asked } = scriptedStore(async () => (asked() === 1 ? 60_000 : place))
    const reading = see(limit(scriptedModel(['fine']), { store, clock }).stream(hello))
    await clock.advance(1000)
    expect([(await reading).text, asked()]).toEqual(['fine', 2])
  })

  it('bounds the queue and the wait', async () => {
    const clock = fakeClock(0)
    const { store } = scriptedStore(async () => 60_000)
    const wrapped = limit(scriptedModel([]), { store, clock, maxQueue: 1, maxWaitMs: 5000 })
    const waiting = [modelErrorOf(wrapped.stream(hello)), modelErrorOf(wrapped.stream(hello))]
    await clock.advance(0)
    expect((await modelErrorOf(wrapped.stream(hello))).message).toContain('the queue is full (2 waiting)')
    await clock.advance(5000)
    for (const error of await Promise.all(waiting)) expect(error.message).toContain('it waited 5000 ms')
    expect([wrapped.queued, clock.pending]).toEqual([0, 0])
  })

  it('passes on what a store of somebody else throws, to the one who asked', async () => {
    const { store, place, asked } = scriptedStore(async () => {
      if (asked() === 1) throw new Error('no disk')
      return place
    })
    const wrapped = limit(scriptedModel(['fine']), { store })
    expect(String((await see(wrapped.stream(hello))).error)).toBe('Error: no disk')
    expect((await see(wrapped.stream(hello))).text).toBe('fine')
  })

  it('refuses what is no store, and a name without one', () => {
    const model = scriptedModel([])
    expect(() => limit(model, JSON.parse('{"store":{}}'))).toThrow(/^store: expected a store with take/)
    expect(() => limit(model, { name: 'account' })).toThrow(/^name: expected a text, beside a store/)
    expect(() => limit(retry(model), { store: memoryLimits() })).toThrow(/put limit inside/)
  })
})
