import { seededRandom } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import type { CallRecord } from './call-history.ts'
import { predictOutputLength } from './output-length.ts'

const model = { provider: 'acme', modelId: 'm' }
const records = (lengths: readonly number[], maxOutputTokens?: number): CallRecord[] =>
  lengths.map((outputTokens) => ({
    ...model,
    outputTokens,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  }))
const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

describe('predictOutputLength', () => {
  it('knows only the limit before it has seen calls', () => {
    expect(predictOutputLength({ limit: 10_000 })).toEqual({
      p50: 100,
      low: 1,
      high: 10_000,
      basis: 'prior',
      samples: 0,
    })
    expect(predictOutputLength({ limit: 0 })).toMatchObject({ p50: 0, low: 0, high: 0 })
  })

  it('takes the middle of a few calls, and an interval of as many as it needs', () => {
    expect(predictOutputLength({ limit: 1000, ofKind: records([7, 7, 7, 7, 7]) })).toMatchObject({
      p50: 7,
      low: 1,
      high: 1000,
      basis: 'prior',
      samples: 5,
    })
    expect(predictOutputLength({ limit: 1000, ofKind: records(oneTo(18)) }).basis).toBe('prior')
    expect(predictOutputLength({ limit: 1000, ofKind: records(oneTo(19)) })).toEqual({
      p50: 10,
      low: 1,
      high: 19,
      basis: 'kind',
      samples: 19,
    })
    expect(predictOutputLength({ limit: 1000, ofKind: records(oneTo(99)) })).toMatchObject({
      low: 5,
      high: 95,
    })
    expect(predictOutputLength({ limit: 1000, ofKind: records(oneTo(99)), coverage: 0.5 })).toMatchObject({
      low: 25,
      high: 75,
    })
  })

  it('falls back from the kind to the model', () => {
    const ofModel = records(oneTo(40).map((n) => n * 10))
    expect(predictOutputLength({ limit: 1000, ofKind: records([5, 5, 5]), ofModel })).toMatchObject({
      basis: 'model',
      p50: 200,
      samples: 40,
    })
    // The middle of the kind is kept inside the interval of the model.
    expect(predictOutputLength({ limit: 1000, ofKind: records(oneTo(6)), ofModel })).toMatchObject({
      basis: 'model',
      p50: 20,
      low: 20,
    })
  })

  it('takes an answer that was cut off for "at least"', () => {
    const cut = records([...oneTo(15), 100, 100, 100, 100], 100)
    expect(predictOutputLength({ limit: 5000, ofKind: cut })).toMatchObject({ p50: 10, high: 5000 })
    expect(predictOutputLength({ limit: 50, ofKind: cut })).toMatchObject({ p50: 10, high: 50 })
  })

  it('forgets what is long ago', () => {
    const lengths = [...Array.from({ length: 500 }, () => 900), ...Array.from({ length: 500 }, () => 10)]
    expect(predictOutputLength({ limit: 1000, ofKind: records(lengths) })).toMatchObject({
      low: 10,
      high: 10,
    })
  })

  it('holds as much as it says of what comes next, whatever the distribution', () => {
    const random = seededRandom(7)
    const draws: readonly (() => number)[] = [
      () => Math.ceil(random() * 500),
      () => Math.ceil(Math.exp(3 + 2 * (random() + random() + random() - 1.5))),
      () => (random() < 0.3 ? Math.ceil(random() * 20) : 800 + Math.ceil(random() * 100)),
    ]
    for (const draw of draws)
      for (const coverage of [0.5, 0.9]) {
        let inside = 0
        const trials = 5000
        for (let i = 0; i < trials; i++) {
          const ofKind = records(Array.from({ length: 39 }, draw))
          const { low, high } = predictOutputLength({ limit: 4096, ofKind, coverage })
          const next = draw()
          if (next >= low && next <= high) inside++
        }
        expect(inside / trials).toBeGreaterThanOrEqual(coverage - 0.02)
        // The control: it is no wider than it needs to be, or every interval would pass.
        expect(inside / trials).toBeLessThan(coverage + 0.05)
      }
  })

  it.each([0, 1, -1, Number.NaN])('refuses a coverage of %d', (coverage) => {
    expect(() => predictOutputLength({ limit: 1, coverage })).toThrow(
      /^coverage: expected a number between 0 and 1/,
    )
  })
})
