import type { EmbeddingModel } from '@ashlar/core'
import { hashedNgrams, type HashedNgramsOptions } from './hashed-ngrams.ts'

/**
 * `hashedNgrams` as an embedding model: works offline, costs nothing, and finds what shares words. For tests, and for
 * search by words where no model is at hand.
 */
export const hashedEmbedding = (options: HashedNgramsOptions = {}): EmbeddingModel => {
  const { dimensions = 256 } = options
  hashedNgrams('', options)
  return {
    provider: 'ashlar',
    modelId: `hashed-ngrams-${dimensions}`,
    embed: async (texts, { dimensions: asked = dimensions, signal } = {}) => {
      const embeddings: number[][] = []
      for (const text of texts) {
        signal?.throwIfAborted()
        embeddings.push([...hashedNgrams(text, { ...options, dimensions: asked })])
      }
      return {
        embeddings,
        usage: { inputTokens: 0, outputTokens: 0 },
        response: { provider: 'ashlar', modelId: `hashed-ngrams-${asked}` },
      }
    },
  }
}
