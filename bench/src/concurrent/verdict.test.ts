import { seededRandom } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import type { Sample } from './load.ts'
import { growthOf, problemsOf } from './verdict.ts'

const calm = { p50: 1, p99: 10, max: 90 }

/** Ten minutes; every sample up to 5 MB off. */
const samplesOf = (heap: (minute: number) => number): Sample[] => {
  const random = seededRandom(3)
  return Array.from({ length: 120 }, (_, i) => ({
    atMs: i * 5_000,
    heapMb: heap(i / 12) + (random() - 0.5) * 10,
    rssMb: 200,
    delay: calm,
  }))
}

describe('problemsOf', () => {
  it('finds none in memory that goes up and down, or that fills in the first minute', () => {
    expect(problemsOf({ delay: calm, samples: samplesOf(() => 60) })).toEqual([])
    expect(
      problemsOf({ delay: calm, samples: samplesOf((minute) => 40 + 20 * Math.min(1, minute)) }),
    ).toEqual([])
  })
  it('finds memory that grows by less than it goes up and down', () => {
    const samples = samplesOf((minute) => 60 + 0.6 * minute)
    expect(problemsOf({ delay: calm, samples })).toEqual([expect.stringContaining('memory')])
    expect(growthOf(samples)).toBeGreaterThan(4)
  })
  it('finds a loop that is late once in a hundred times', () => {
    const delay = { p50: 1, p99: 51, max: 60 }
    expect(problemsOf({ delay, samples: samplesOf(() => 60) })).toEqual([
      expect.stringContaining('event loop'),
    ])
  })
})
