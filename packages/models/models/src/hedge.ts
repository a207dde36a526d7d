import { InvalidArgument, type LanguageModel } from '@ashlar/core'
import { checkModel, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { firstAnswer } from './first-answer.ts'
import { wrapModel } from './wrap-model.ts'

export interface HedgeOptions {
  /** Milliseconds without a first event after which the request is sent once more; the 95th percentile is a good start. */
  readonly afterMs: number
  /** Calls in all. @default 2 */
  readonly max?: number
  readonly clock?: Clock
}

/**
 * Sends a request once more when its first event is late, and gives the answer that begins first. The other call is
 * aborted; what it used is billed, and listed in `attempts`. Every further call takes a try from the request's
 * `retryBudget`. A call that fails is not sent again here: that is `retry`.
 *
 * @throws InvalidArgument when an option is wrong
 */
export const hedge = (model: LanguageModel, options: HedgeOptions): LanguageModel => {
  checkModel(model)
  checkNames(options, ['afterMs', 'max', 'clock'])
  if (options.afterMs === undefined)
    throw new InvalidArgument('afterMs', 'milliseconds to wait before the second call', undefined)
  checkNumbers(options, { afterMs: { min: 0, above: true }, max: { min: 2, max: 10, whole: true } })
  const { afterMs, max = 2, clock = systemClock } = options
  const calls = Array.from({ length: max }, () => model)
  return wrapModel('hedge', {
    inner: [model],
    open: (request) => firstAnswer(calls, { request, staggerMs: afterMs, clock }),
  })
}
