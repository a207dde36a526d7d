import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topK } from './top-k.ts'

const byDefinition = (scores: readonly number[], limit: number) =>
  scores
    .map((score, index) => ({ index, score }))
    .filter(({ score }) => !Number.isNaN(score))
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, limit)

describe('topK', () => {
  it('is the head of the sorted list', () => {
    const score = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(Number.NaN),
    )
    fc.assert(
      fc.property(fc.array(score, { maxLength: 60 }), fc.nat(70), (scores, limit) => {
        expect(topK(scores, limit)).toEqual(byDefinition(scores, limit))
        const floats = Float32Array.from(scores)
        expect(topK(floats, limit)).toEqual(byDefinition([...floats], limit))
      }),
    )
  })

  it('ranks infinities', () => {
    const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number
    expect(topK([0, NEGATIVE_INFINITY, POSITIVE_INFINITY], 3).map(({ index }) => index)).toEqual([2, 0, 1])
  })

  it.each([-1, 1.5, Number.NaN])('refuses a limit of %d', (limit) => {
    expect(() => topK([1], limit)).toThrow(/^limit: expected a whole number of 0 or more/)
  })
})
