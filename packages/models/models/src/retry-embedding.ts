import {
  addUsage,
  type EmbeddingModel,
  InvalidArgument,
  isObject,
  ModelError,
  noUsage,
  type Usage,
} from '@ashlar/core'
import { systemClock, wait } from '@ashlar/core/clock'
import type { EmbedOptions, EmbedResult } from '@ashlar/core/embedding-model'
import { restateError } from './attempts.ts'
import { checkNumbers } from './check-options.ts'
import { checkPatience, createPatience, type RetryOptions } from './retry-patience.ts'

/** Options of `retryEmbedding`. */
export interface RetryEmbeddingOptions extends RetryOptions {
  /** Texts that are asked for, and when that fails asked for again, together. @default 256 */
  readonly batchSize?: number
}

/** The error with what had been used by the calls before it. */
const withUsage = (error: unknown, used: Usage | undefined): unknown =>
  used && ModelError.isInstance(error)
    ? restateError(error, { usage: error.usage ? addUsage(used, error.usage) : used })
    : error

/**
 * Asks again for embeddings that failed and are `retryable`, with the waits of `retry`. Many texts go in batches, each
 * tried by itself: what has come is not asked for again. The usage is that of all calls, those that failed included.
 *
 * @throws InvalidArgument when an option is wrong
 */
export const retryEmbedding = (
  model: EmbeddingModel,
  options: RetryEmbeddingOptions = {},
): EmbeddingModel => {
  if (!isObject(model) || typeof model['embed'] !== 'function')
    throw new InvalidArgument('model', 'an embedding model, with `embed`', model)
  checkPatience(options, ['batchSize'])
  checkNumbers(options, { batchSize: { min: 1, whole: true } })
  const { batchSize = 256, clock = systemClock } = options
  const delayBefore = createPatience(options)
  const { provider, modelId } = model

  const embed = async (texts: readonly string[], asked: EmbedOptions = {}): Promise<EmbedResult> => {
    const { signal, deadline } = asked
    let used: Usage | undefined
    const count = (usage: Usage | undefined): void => {
      if (usage) used = used ? addUsage(used, usage) : usage
    }
    const embedBatch = async (batch: readonly string[]): Promise<EmbedResult> => {
      for (let tries = 1; ; tries++) {
        try {
          const result = await model.embed(batch, asked)
          count(result.usage)
          return result
        } catch (error) {
          const delay = delayBefore(error, { tries, signal, deadline })
          if (delay === undefined) throw withUsage(error, used)
          if (ModelError.isInstance(error)) count(error.usage)
          await wait(delay, { clock, signal })
        }
      }
    }
    const embeddings: number[][] = []
    for (let from = 0; ; from += batchSize) {
      const result = await embedBatch(texts.slice(from, from + batchSize))
      for (const embedding of result.embeddings) embeddings.push(embedding)
      if (from + batchSize >= texts.length)
        return { embeddings, usage: used ?? noUsage, response: result.response }
    }
  }
  return { provider, modelId, embed }
}
