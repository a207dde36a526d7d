import type { EmbeddingMeter } from '@ashlar/core/embedding-model'
import { describe, expect, it } from 'vitest'
import { scriptedEmbeddingModel } from './scripted-embedding-model.ts'

const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

describe('scriptedEmbeddingModel', () => {
  it('gives unit vectors that follow from the text', async () => {
    const model = scriptedEmbeddingModel({ dimensions: 64 })
    const { embeddings, usage, response } = await model.embed([
      'red apple',
      'red pear',
      'blue',
      '',
      'red apple',
    ])
    expect(embeddings.map((vector) => vector.length)).toEqual([64, 64, 64, 64, 64])
    for (const vector of embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1)
    expect(embeddings[0]).toEqual(embeddings[4])
    expect(dot(embeddings[0], embeddings[1])).toBeGreaterThan(dot(embeddings[0], embeddings[2]))
    expect(usage).toEqual({ inputTokens: 3 + 2 + 1 + 0 + 3, outputTokens: 0 })
    expect(response.id).toBe('embedding_1')
    expect(model.calls).toEqual([['red apple', 'red pear', 'blue', '', 'red apple']])
  })

  it('takes dimensions, vectors and errors from its options', async () => {
    const down = new Error('down')
    const model = scriptedEmbeddingModel({
      vectorOf: (text, n) => [text.length, n],
      errors: [undefined, down],
    })
    expect((await model.embed(['abc'], { dimensions: 2 })).embeddings).toEqual([[3, 2]])
    await expect(model.embed(['x'])).rejects.toBe(down)
    expect((await model.embed(['x'])).response.id).toBe('embedding_3')
  })

  it('tells its meter of each call, and settles it once', async () => {
    const heard: unknown[] = []
    const reserve: EmbeddingMeter['reserve'] = async ({ modelId }, texts) => {
      heard.push([modelId, texts])
      return (usage) => void heard.push(usage)
    }
    const model = scriptedEmbeddingModel({ errors: [undefined, new Error('down')] })
    await model.embed(['abcd'], { meter: { reserve } })
    await model.embed(['x'], { meter: { reserve } }).catch(() => {})
    const [asked, used] = [['scripted-embedding', ['abcd']], { inputTokens: 1, outputTokens: 0 }]
    expect(heard).toEqual([asked, used, ['scripted-embedding', ['x']], undefined])
    const refusing = { reserve: () => Promise.reject(new Error('over budget')) }
    await expect(model.embed(['y'], { meter: refusing })).rejects.toThrow('over budget')
    expect(model.calls).toHaveLength(2)
  })

  it('honours signal and deadline, and refuses bad dimensions', async () => {
    const model = scriptedEmbeddingModel({ delayMs: 60_000 })
    await expect(model.embed(['a'], { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    await expect(model.embed(['a'], { deadline: Date.now() + 5 })).rejects.toMatchObject({ kind: 'timeout' })
    expect(() => scriptedEmbeddingModel({ dimensions: 0 })).toThrow('dimensions')
  })
})
