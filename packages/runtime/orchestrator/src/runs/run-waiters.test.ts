import { fakeClock } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { RunWaiters } from './run-waiters.ts'

/** How many of so many have looked at their run in a second. */
const looksOf = async (count: number): Promise<number> => {
  const clock = fakeClock()
  const leaving = new AbortController()
  const waiters = new RunWaiters(leaving.signal, clock)
  let looks = 0
  const waits = Array.from({ length: count }, async (_, i) => {
    for (;;) {
      await waiters.wait(`${i}`, undefined)
      looks += 1
    }
  })
  await clock.advance(1_000)
  leaving.abort(new Error('enough'))
  for (const { status } of await Promise.allSettled(waits)) expect(status).toBe('rejected')
  return looks
}

describe('RunWaiters', () => {
  it('looks at a few runs often, and at many no more often than that', async () => {
    const few = await looksOf(10)
    expect(few).toBeGreaterThanOrEqual(30)
    expect(few).toBeLessThanOrEqual(60)
    const many = await looksOf(10_000)
    expect(many).toBeGreaterThan(0)
    expect(many).toBeLessThan(6_000)
  })
  it('wakes whoever waits for what is over here, and nobody else', async () => {
    const waiters = new RunWaiters(new AbortController().signal, fakeClock())
    const leaving = new AbortController()
    const waits = ['a', 'a', 'b'].map((runId) => waiters.wait(runId, leaving.signal))
    waiters.wake('a')
    await Promise.all(waits.slice(0, 2))
    leaving.abort(new Error('enough'))
    await expect(waits[2]).rejects.toThrow('enough')
  })
})
