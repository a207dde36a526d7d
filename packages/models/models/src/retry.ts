import { InvalidArgument, type LanguageModel, ModelError, type ModelRequest } from '@ashlar/core'
import type { Attempt } from '@ashlar/core/model'
import { afterAttempts, attemptsOf, withAttempts } from './attempts.ts'
import { checkFunctions, checkModel, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock, wait } from '@ashlar/core/clock'
import { type OpenedStream, startStream } from './model-stream.ts'
import { hasLayer, wrapModel } from './wrap-model.ts'

export interface RetryOptions {
  /** Calls in all, the first included. @default 3 */
  readonly attempts?: number
  /** The longest wait before the second call, in milliseconds; doubles with every call. @default 500 */
  readonly baseMs?: number
  /** The longest wait of all. @default 30_000 */
  readonly capMs?: number
  /** A vendor that asks to wait longer than this is not waited for: the error comes at once. @default 60_000 */
  readonly maxRetryAfterMs?: number
  readonly clock?: Clock
  /** At least 0 and below 1. @default Math.random */
  readonly random?: () => number
}

/** Copied with the request by every layer between, also by those of others. */
const retrying: unique symbol = Symbol.for('ashlar.models.retrying')

interface RetriedRequest extends ModelRequest {
  readonly [retrying]?: true
}

/**
 * Calls again what failed before its first event and is `retryable`. The wait is random between 0 and
 * `baseMs · 2ⁿ` (full jitter), after what the vendor asked for in Retry-After. Nothing is tried again past
 * the request's deadline, without a try left in its `retryBudget`, or after an abort.
 *
 * There is one layer of retries to a call: a retry around a retry is refused where that can be seen, and
 * where it cannot, the outer one retries and the inner one does not.
 *
 * @throws InvalidArgument when an option is wrong, or the model has a retry inside
 */
export const retry = (model: LanguageModel, options: RetryOptions = {}): LanguageModel => {
  checkModel(model)
  checkNames(options, ['attempts', 'baseMs', 'capMs', 'maxRetryAfterMs', 'clock', 'random'])
  checkNumbers(options, {
    attempts: { min: 1, max: 1000, whole: true },
    baseMs: { min: 0 },
    capMs: { min: 0 },
    maxRetryAfterMs: { min: 0 },
  })
  checkFunctions(options, ['random'])
  if (hasLayer(model, 'retry')) {
    const expected = 'a model with no retry inside: one layer retries, so that tries do not multiply'
    throw new InvalidArgument('model', expected, `a retry around ${model.provider}/${model.modelId}`)
  }
  const { attempts = 3, maxRetryAfterMs = 60_000, clock = systemClock } = options
  const delayBefore = createBackoff(options)

  const open = async (request: RetriedRequest): Promise<OpenedStream> => {
    if (request[retrying]) return startStream(model, request)
    const marked: RetriedRequest = { ...request, [retrying]: true }
    const { signal, deadline = Infinity, retryBudget } = request
    const earlier: Attempt[] = []
    for (let tries = 1; ; tries++) {
      try {
        const opened = await startStream(model, marked)
        return earlier.length > 0 ? withAttempts(opened, earlier) : opened
      } catch (error) {
        const failure = afterAttempts(error, earlier)
        if (tries >= attempts || signal?.aborted || !ModelError.isInstance(error) || !error.retryable)
          throw failure
        const delay = delayBefore(tries, error.retryAfterMs)
        if ((error.retryAfterMs ?? 0) > maxRetryAfterMs || clock.now() + delay >= deadline) throw failure
        if (retryBudget && !retryBudget.take()) throw failure
        earlier.push(...attemptsOf(error))
        await wait(delay, { clock, signal })
      }
    }
  }
  return wrapModel('retry', { inner: [model], open })
}

const createBackoff = ({ baseMs = 500, capMs = 30_000, random = Math.random }: RetryOptions) => {
  return (tries: number, retryAfterMs = 0): number =>
    retryAfterMs + random() * Math.min(capMs, baseMs * 2 ** (tries - 1))
}
