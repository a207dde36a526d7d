import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBatches } from './to-batches.ts'

describe('toBatches', () => {
  it('loses no text and no order, and keeps to the limits', () => {
    const limits = fc.record({
      texts: fc.integer({ min: 1, max: 9 }),
      tokens: fc.integer({ min: 1, max: 30 }),
    })
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), limits, (texts, limit) => {
        const batches = toBatches(texts, limit)
        expect(batches.flat()).toEqual(texts)
        for (const batch of batches) {
          const bytes = new TextEncoder().encode(batch.join('')).length
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(limit.texts)
          // One text that is too long alone is the vendor's to refuse.
          if (batch.length > 1) expect(Math.floor(bytes / 3)).toBeLessThanOrEqual(limit.tokens)
        }
      }),
    )
  })

  it('makes nothing of nothing', () => {
    expect(toBatches([], { texts: 1, tokens: 1 })).toEqual([])
  })
})
