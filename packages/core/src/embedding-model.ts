import type { ModelResponse } from './model.ts'
import type { Usage } from './usage.ts'

/**
 * `Meter` for embeddings: told of every upstream request by the leaf model that makes it, with the texts of that
 * request. `reserve` may throw to refuse it; the returned function settles it exactly once with the usage counted
 * (`undefined`: nothing was sent, or nothing is known).
 */
export interface EmbeddingMeter {
  reserve(model: EmbeddingModel, texts: readonly string[]): Promise<(usage: Usage | undefined) => void>
}

export interface EmbedOptions {
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number
  readonly signal?: AbortSignal
  /** Milliseconds since the epoch. */
  readonly deadline?: number
  readonly meter?: EmbeddingMeter
}

export interface EmbedResult {
  /** One vector a text, in the order of the texts. */
  readonly embeddings: number[][]
  readonly usage: Usage
  readonly response: ModelResponse
}

/** Turns texts into vectors; batching to the vendor's limit is the model's business. */
export interface EmbeddingModel {
  readonly provider: string
  readonly modelId: string
  embed(texts: readonly string[], options?: EmbedOptions): Promise<EmbedResult>
}
