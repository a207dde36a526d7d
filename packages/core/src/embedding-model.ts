import type { ModelResponse } from './model.ts'
import type { Usage } from './usage.ts'

export interface EmbedOptions {
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number
  readonly signal?: AbortSignal
  /** Milliseconds since the epoch. */
  readonly deadline?: number
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
