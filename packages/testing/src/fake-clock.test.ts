import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock, wait } from '@ashlar/core/clock'
import { fakeClock } from './fake-clock.ts'
import { seededRandom } from './seeded-random.ts'
import { sequentialIds } from './sequential-ids.ts'
import { waitUntil } from './wait-until.ts'

describe('fakeClock', () => {
  it('stands still until it is told to move', async () => {
    const clock = fakeClock(1000)
    const fired: string[] = []
    clock.setTimeout(() => fired.push('b'), 20)
    clock.setTimeout(() => fired.push('a'), 10)
    const never = clock.setTimeout(() => fired.push('never'), 15)
    clock.clearTimeout(never)
    await clock.advance(10)
    expect([fired, clock.now(), clock.pending]).toEqual([['a'], 1010, 1])
    await clock.advance(9)
    expect(fired).toEqual(['a'])
    await clock.advance(1)
    expect([fired, clock.pending]).toEqual([['a', 'b'], 0])
  })

  it('runs what awaits between two timers, at their own time', async () => {
    const clock = fakeClock(0)
    const times: number[] = []
    const loop = async () => {
      for (let round = 0; round < 3; round++) {
        await wait(10, { clock })
        times.push(clock.now())
      }
    }
    const done = loop()
    await clock.advance(25)
    expect(times).toEqual([10, 20])
    expect(clock.now()).toBe(25)
    await clock.advance(5)
    await done
    expect(times).toEqual([10, 20, 30])
  })

  it('fires timers in order of time, those of one time in order of setting', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 8 }), async (delays) => {
        const clock = fakeClock(0)
        const fired: number[] = []
        for (const [index, delay] of delays.entries()) clock.setTimeout(() => fired.push(index), delay)
        await clock.advance(20)
        const expected = [...delays.keys()].toSorted((a, b) => (delays[a] ?? 0) - (delays[b] ?? 0))
        expect(fired).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('does not go back', async () => {
    await expect(fakeClock().advance(-1)).rejects.toThrow('milliseconds: expected 0 or more')
  })
})

describe('the system clock', () => {
  it('waits, and cancels', async () => {
    let fired = false
    systemClock.clearTimeout(systemClock.setTimeout(() => (fired = true), 0))
    await wait(1, { clock: systemClock })
    expect(fired).toBe(false)
    await expect(waitUntil(50, { clock: systemClock, deadline: systemClock.now() + 1 })).rejects.toThrow(
      'deadline',
    )
  })
})

it('counts ids', () => {
  const next = sequentialIds('run')
  expect([next(), next(), sequentialIds()()]).toEqual(['run_1', 'run_2', 'id_1'])
})

describe('seededRandom', () => {
  it('follows from the seed', () => {
    const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed))
    expect(take(1)).toEqual(take(1))
    expect(take(1)).not.toEqual(take(2))
  })

  it('is spread evenly over 0 up to 1', () => {
    const random = seededRandom(7)
    const buckets = Array.from({ length: 10 }, () => 0)
    for (let draw = 0; draw < 10_000; draw++) {
      const at = Math.floor(random() * 10)
      buckets[at] = (buckets[at] ?? Number.NaN) + 1
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})
