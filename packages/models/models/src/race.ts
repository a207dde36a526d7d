import type { LanguageModel } from '@ashlar/core'
import { checkModels, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { firstAnswer } from './first-answer.ts'
import { wrapModel } from './wrap-model.ts'

export interface RaceOptions {
  /** Milliseconds before each further model is asked as well. @default 0: all at once */
  readonly staggerMs?: number
  readonly clock?: Clock
}

/**
 * Asks several models and gives the answer that begins first; the others are aborted, and what they used is billed and
 * listed in `attempts`. Best effort: it fails only when all have failed. Every model but the first takes a try from
 * the request's `retryBudget`; without one left it is not asked.
 *
 * @throws InvalidArgument when an option is wrong, the list is empty, or a model is in it twice
 */
export const race = (models: readonly LanguageModel[], options: RaceOptions = {}): LanguageModel => {
  checkModels(models)
  checkNames(options, ['staggerMs', 'clock'])
  checkNumbers(options, { staggerMs: { min: 0 } })
  const { staggerMs = 0, clock = systemClock } = options
  return wrapModel('race', {
    inner: models,
    open: (request) => firstAnswer(models, { request, staggerMs, clock }),
  })
}
