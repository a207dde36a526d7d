import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { breaker } from './breaker.ts'
import { failure, hello, modelErrorOf, see } from './fixture-calls.ts'
import { limit } from './limit.ts'
import { redisCircuits, redisLimits } from './redis-state.ts'

const gone = { call: () => Promise.reject(new Error('gone')) }

describe('state in Redis while that is down', () => {
  it('limits by itself, and tells of it once', async () => {
    const told: unknown[] = []
    const store = redisLimits(gone, { onDown: (error) => told.push(error) })
    const model = limit(
      scriptedModel(() => 'fine'),
      { requestsPerMinute: 2, maxWaitMs: 20, store },
    )
    const seen = await Promise.all(Array.from({ length: 3 }, () => see(model.stream(hello))))
    expect(seen.map(({ finish }) => finish !== undefined)).toEqual([true, true, false])
    expect(told.map(String)).toEqual(['Error: gone'])
    await store.close()
  })

  it('breaks by itself, and tells of it once', async () => {
    const told: unknown[] = []
    const store = redisCircuits(gone, { onDown: (error) => told.push(error) })
    const model = scriptedModel(() => ({ error: failure('network') }))
    const wrapped = breaker(model, { failures: 2, store })
    for (let call = 0; call < 3; call++) await modelErrorOf(wrapped.stream(hello))
    expect([wrapped.state, model.requests.length]).toEqual(['open', 2])
    expect(told.map(String)).toEqual(['Error: gone'])
    await store.close()
  })

  it('does not know how a call ended of which only Redis knew', async () => {
    let answer: () => Promise<unknown> = async () => ['closed', 0, '0', 0]
    const store = redisCircuits({ call: () => answer() }, { onDown: () => undefined })
    const rules = { failures: 1, windowMs: 1000, cooldownMs: 1000 }
    const { pass } = await store.enter('a', rules)
    answer = () => Promise.reject(new Error('gone'))
    if (typeof pass === 'number') throw new Error('expected a pass')
    expect(await store.end('a', { pass, outcome: 'failed', rules })).toBeUndefined()
  })

  it('refuses bad options', () => {
    expect(() => redisLimits(gone, { marginMs: -1 })).toThrow(
      /^marginMs: expected a number of at least 0, received -1/,
    )
    expect(() => redisLimits(gone, { prefix: '' })).toThrow(/^prefix: expected a text/)
    expect(() => redisCircuits(gone, { timeoutMs: 0 })).toThrow(/^timeoutMs: expected a number above 0/)
    expect(() => redisCircuits('http://localhost')).toThrow(/^redis: expected an address/)
  })
})
