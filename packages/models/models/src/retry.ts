import { InvalidArgument, type LanguageModel, ModelError, type ModelRequest } from '@ashlar/core'
import type { Attempt } from '@ashlar/core/model'
import { afterAttempts, attemptsOf, withAttempts } from './attempts.ts'
import { checkModel } from './check-options.ts'
import { systemClock, wait } from '@ashlar/core/clock'
import { type OpenedStream, startStream } from './model-stream.ts'
import { checkPatience, createPatience, type RetryOptions } from './retry-patience.ts'
import { hasLayer, wrapModel } from './wrap-model.ts'

export type { RetryOptions } from './retry-patience.ts'

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
  checkPatience(options)
  if (hasLayer(model, 'retry')) {
    const expected = 'a model with no retry inside: one layer retries, so that tries do not multiply'
    throw new InvalidArgument('model', expected, `a retry around ${model.provider}/${model.modelId}`)
  }
  const { clock = systemClock } = options
  const delayBefore = createPatience(options)

  const open = async (request: RetriedRequest): Promise<OpenedStream> => {
    if (request[retrying]) return startStream(model, request)
    const marked: RetriedRequest = { ...request, [retrying]: true }
    const { signal, deadline, retryBudget } = request
    const earlier: Attempt[] = []
    for (let tries = 1; ; tries++) {
      try {
        const opened = await startStream(model, marked)
        return earlier.length > 0 ? withAttempts(opened, earlier) : opened
      } catch (error) {
        const failure = afterAttempts(error, earlier)
        const delay = delayBefore(error, { tries, signal, deadline })
        if (delay === undefined) throw failure
        if (retryBudget && !retryBudget.take()) throw failure
        if (ModelError.isInstance(error)) earlier.push(...attemptsOf(error))
        await wait(delay, { clock, signal })
      }
    }
  }
  return wrapModel('retry', { inner: [model], open })
}
