import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosine } from './cosine.ts'
import { hashedEmbedding } from './hashed-embedding.ts'
import { hashedNgrams } from './hashed-ngrams.ts'

describe('hashedNgrams', () => {
  it('gives vectors of length 1, the same for the same words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const vector = hashedNgrams(text)
        const length = Math.hypot(...vector)
        expect(vector).toHaveLength(256)
        // Signs may cancel out, in the shortest of texts.
        if (length > 0) expect(length).toBeCloseTo(1, 5)
        expect(hashedNgrams(` ${text}!`)).toEqual(vector)
        expect(vector.every(Number.isFinite)).toBe(true)
      }),
    )
  })

  it('gives the same numbers everywhere', () => {
    const found = [...hashedNgrams('Ashlar is dressed stone', { dimensions: 8 })].map((x) =>
      Number(x.toFixed(4)),
    )
    expect(found).toEqual([0.1581, 0.3162, -0.3162, -0.3162, -0.4743, 0.1581, 0.6325, 0.1581])
  })

  it('puts texts that share words, forms and misspellings of them near, and others far', () => {
    const near = (a: string, b: string): number => cosine(hashedNgrams(a), hashedNgrams(b))
    expect(near('the cat sat on the mat', 'the cat sat on a mat')).toBeGreaterThan(0.7)
    expect(near('language models', 'language modelling')).toBeGreaterThan(0.5)
    expect(near('retrieval', 'retreival')).toBeGreaterThan(0.2)
    expect(near('retrieval', 'sunshine')).toBeLessThan(0.2)
    expect(near('改变世界', '世界改变')).toBeGreaterThan(0.4)
  })

  it('gives no direction to a text without words', () => {
    expect(hashedNgrams('… !').every((x) => x === 0)).toBe(true)
  })

  it.each([
    [{ dimensions: 0 }, /^dimensions: expected a whole number above 0/],
    [{ dimensions: 1.5 }, /^dimensions/],
    [{ ngrams: [0, 2] }, /^ngrams\[0\]/],
    [{ ngrams: [3, 2] }, /^ngrams\[1\]: expected a whole number from 3 on, received 2/],
  ] as const)('refuses %j', (options, message) => {
    expect(() => hashedNgrams('a', options)).toThrow(message)
    expect(() => hashedEmbedding(options)).toThrow(message)
  })
})

describe('hashedEmbedding', () => {
  it('is an embedding model', async () => {
    const model = hashedEmbedding({ dimensions: 32 })
    const { embeddings, usage, response } = await model.embed(['one', 'two', 'one'])
    expect(embeddings).toEqual(
      ['one', 'two', 'one'].map((text) => [...hashedNgrams(text, { dimensions: 32 })]),
    )
    expect(usage).toEqual({ inputTokens: 0, outputTokens: 0 })
    expect(response).toEqual({ provider: 'ashlar', modelId: 'hashed-ngrams-32' })
    expect((await model.embed(['one'], { dimensions: 8 })).embeddings[0]).toHaveLength(8)
    expect((await model.embed([])).embeddings).toEqual([])
    await expect(model.embed(['one'], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
  })
})
