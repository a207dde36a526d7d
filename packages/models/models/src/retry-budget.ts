import { InvalidArgument } from '@ashlar/core'
import type { RetryBudget } from '@ashlar/core/model'

/** A budget of tries to pass with the requests of a run. */
export interface CountedRetryBudget extends RetryBudget {
  /** Tries left. */
  readonly left: number
}

/**
 * So many upstream calls beyond the first of each request, however they come about: retry, fallback, hedge and
 * race all take from it.
 * @throws InvalidArgument when `tries` is no whole number of at least 0
 */
export const createRetryBudget = (tries: number): CountedRetryBudget => {
  if (!Number.isInteger(tries) || tries < 0)
    throw new InvalidArgument('tries', 'a whole number of at least 0', tries)
  let left = tries
  return {
    get left() {
      return left
    },
    take: () => left > 0 && left-- > 0,
  }
}
