import { InvalidArgument, type LanguageModel, type ModelRequest } from '@ashlar/core'
import { checkFunctions, checkModel, checkNames, checkNumbers, checkStore } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { LimitStore } from './limit-store.ts'
import { createLimiter } from './limiter.ts'
import { type OpenedStream, startStream } from './model-stream.ts'
import { hasLayer, wrapModel } from './wrap-model.ts'

export interface LimitOptions {
  /** Requests in any 60 seconds. @default only what the vendor's headers say */
  readonly requestsPerMinute?: number
  /** Tokens in any 60 seconds, input and output. @default only what the vendor's headers say */
  readonly tokensPerMinute?: number
  /**
   * Tokens a request may use, taken until its usage is known. An upper bound keeps the limit exactly.
   * @default a quarter of the characters of what is sent, and `maxOutputTokens` or 1,000
   */
  readonly countTokens?: (request: ModelRequest) => number
  /** Requests that may wait. @default 1_000 */
  readonly maxQueue?: number
  /** Milliseconds a request may wait. @default 600_000 */
  readonly maxWaitMs?: number
  /** Requests with different keys (a tenant, a session) take turns in the queue. @default one key for all */
  readonly key?: (request: ModelRequest) => string
  /**
   * Counts together with every limiter of the same store and name: `memoryLimits()` for several models of a process,
   * `redisLimits(url)` for several processes. The queue stays each one's own.
   * @default counts by itself
   */
  readonly store?: LimitStore
  /** What is counted together in the store, such as an account. @default provider and model */
  readonly name?: string
  readonly clock?: Clock
}

export { type LimitClaim, type LimitPlace, type LimitStore, memoryLimits } from './limit-store.ts'

/** A model with a limit. */
export interface LimitedModel extends LanguageModel {
  /** Requests that wait. */
  readonly queued: number
}

/** What it takes to send a request: about 4 characters a token (OpenAI's rule of thumb for English). */
const roughTokens = ({
  messages,
  instructions = '',
  tools = [],
  maxOutputTokens = 1000,
}: ModelRequest): number =>
  Math.ceil((JSON.stringify(messages).length + JSON.stringify(tools).length + instructions.length) / 4) +
  maxOutputTokens

/**
 * Sends no more requests and tokens than allowed in any 60 seconds; the others wait in a fair and bounded queue. Also
 * learns from the vendor: from the limits in its headers, and from Retry-After. What does not fit fails at once with a
 * `rate-limit` error that is not `retryable`; an abort leaves the queue.
 *
 * It counts one upstream call a request, so it goes next to the provider: inside retry, fallback, hedge and race.
 *
 * @throws InvalidArgument when an option is wrong, or the model may make several calls a request
 */
export const limit = (model: LanguageModel, options: LimitOptions = {}): LimitedModel => {
  checkModel(model)
  const functions = ['countTokens', 'key']
  const rule = { min: 1, whole: true }
  const numbers = {
    requestsPerMinute: rule,
    tokensPerMinute: rule,
    maxQueue: { min: 0, whole: true },
    maxWaitMs: { min: 0 },
  }
  checkNames(options, [...functions, ...Object.keys(numbers), 'store', 'name', 'clock'])
  checkNumbers(options, numbers)
  checkFunctions(options, functions)
  const { store, name } = options
  checkStore(options, ['take'])
  for (const layer of ['retry', 'fallback', 'hedge', 'race'])
    if (hasLayer(model, layer))
      throw new InvalidArgument(
        'model',
        'one upstream call a request: put limit inside',
        `limit around ${layer}`,
      )
  const { provider, modelId } = model
  const { key = () => '', countTokens = roughTokens } = options
  const limiter = createLimiter({
    provider,
    modelId,
    requestsPerMinute: options.requestsPerMinute ?? Infinity,
    tokensPerMinute: options.tokensPerMinute ?? Infinity,
    maxQueue: options.maxQueue ?? 1000,
    maxWaitMs: options.maxWaitMs ?? 600_000,
    clock: options.clock ?? systemClock,
    shared: store && { store, name: name ?? `${provider}/${modelId}` },
  })
  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    const tokens = countTokens(request)
    if (!(tokens >= 0)) throw new InvalidArgument('countTokens', 'a function that gives a number', tokens)
    const admission = await limiter.admit({ request, key: key(request), tokens })
    return startStream(model, request, admission)
  }
  return {
    ...wrapModel('limit', { inner: [model], open }),
    get queued() {
      return limiter.queued
    },
  }
}
