import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosine, nearest } from './cosine.ts'

const vector = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 })

describe('cosine', () => {
  it.each([
    [[1, 0], [1, 0], 1],
    [[1, 0], [0, 5], 0],
    [[1, 2], [-2, -4], -1],
    [[0, 0], [1, 2], 0],
    [[], [], 0],
    [[1, 1], [1, 0], Math.SQRT1_2],
  ])('of %j and %j', (a, b, expected) => {
    expect(cosine(a, b)).toBeCloseTo(expected, 12)
    expect(cosine(Float32Array.from(a), b)).toBeCloseTo(expected, 6)
  })

  it('is symmetric, within -1 and 1, and blind to length', () => {
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 0.01, max: 100, noNaN: true }), (a, b, scale) => {
        const alike = cosine(a, b)
        expect(Math.abs(alike)).toBeLessThanOrEqual(1)
        expect(cosine(b, a)).toBeCloseTo(alike, 12)
        const scaled = a.map((x) => x * scale)
        if (Math.hypot(...a) > 1e-100 && Math.hypot(...scaled) > 1e-100)
          expect(cosine(scaled, b)).toBeCloseTo(alike, 9)
      }),
    )
  })

  it('refuses other dimensions', () => {
    expect(() => cosine([1, 2], [1])).toThrow(/vector: expected 2 dimensions.*received "1 dimensions"/)
  })
})

describe('nearest', () => {
  it('ranks as cosine does', () => {
    fc.assert(
      fc.property(vector, fc.array(vector, { maxLength: 20 }), fc.nat(5), (query, vectors, limit) => {
        const found = nearest({ query, vectors }, { limit })
        expect(found).toHaveLength(Math.min(limit, vectors.length))
        for (const { index, score } of found) expect(score).toBe(cosine(query, vectors[index] ?? []))
        const worst = found.at(-1)?.score ?? 1
        const better = vectors.filter((each) => cosine(query, each) > worst)
        expect(better.length).toBeLessThanOrEqual(limit)
      }),
    )
  })

  it('finds ten unless told otherwise, of any kind of vector', () => {
    const vectors = Array.from({ length: 20 }, (_, i) => Float32Array.of(i, 1))
    expect(nearest({ query: [1, 0], vectors })).toHaveLength(10)
    expect(nearest({ query: [1, 0], vectors })[0]?.index).toBe(19)
    expect(() => nearest({ query: [1], vectors })).toThrow(/dimensions/)
  })
})
