import { ModelError } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { checkFunctions, checkNames, checkNumbers } from './check-options.ts'

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

/** @throws InvalidArgument naming the option that is wrong; `more` are known besides */
export const checkPatience = (options: RetryOptions, more: readonly string[] = []): void => {
  checkNames(options, ['attempts', 'baseMs', 'capMs', 'maxRetryAfterMs', 'clock', 'random', ...more])
  checkNumbers(options, {
    attempts: { min: 1, max: 1000, whole: true },
    baseMs: { min: 0 },
    capMs: { min: 0 },
    maxRetryAfterMs: { min: 0 },
  })
  checkFunctions(options, ['random'])
}

/** Where a call stands after so many tries. */
interface Standing {
  readonly tries: number
  readonly signal: AbortSignal | undefined
  readonly deadline: number | undefined
}

/** Gives a function that says how many milliseconds to wait before the next try; undefined: there is to be none. */
export const createPatience = (
  options: RetryOptions,
): ((error: unknown, standing: Standing) => number | undefined) => {
  const { attempts = 3, baseMs = 500, capMs = 30_000, maxRetryAfterMs = 60_000 } = options
  const { clock = systemClock, random = Math.random } = options
  return (error, { tries, signal, deadline = Infinity }) => {
    if (tries >= attempts || signal?.aborted || !ModelError.isInstance(error) || !error.retryable)
      return undefined
    const { retryAfterMs = 0 } = error
    const delay = retryAfterMs + random() * Math.min(capMs, baseMs * 2 ** (tries - 1))
    return retryAfterMs > maxRetryAfterMs || clock.now() + delay >= deadline ? undefined : delay
  }
}
