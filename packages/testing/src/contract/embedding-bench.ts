import assert from 'node:assert/strict'
import { type EmbeddingModel, ModelError } from '@ashlar/core'
import type { WireServer } from '../wire/index.ts'

/** How embeddings are asked for: OpenAI's `/embeddings` or Ollama's `/api/embed`. */
export type EmbeddingDialect = 'openai' | 'ollama'

/** One embedding model against one server. */
export interface Bench {
  readonly server: WireServer
  readonly model: EmbeddingModel
  /** The most texts the model puts in one request. */
  readonly batchSize: number
  readonly dialect: EmbeddingDialect
}

/** One thing the contract of embedding models asks for. */
export type Check = readonly [name: string, test: (bench: Bench) => Promise<void>]

/** What the wire server calls the endpoint of embeddings. */
export const endpoint = 'embed'

/** The error a call fails with; fails itself when there is none, or of another class. */
export const errorOf = async (call: Promise<unknown>): Promise<ModelError> => {
  const error = await call.then(
    () => assert.fail('the call should fail, and answered'),
    (reason: unknown) => reason,
  )
  assert(ModelError.isInstance(error), `expected a ModelError, got ${String(error)}`)
  return error
}
