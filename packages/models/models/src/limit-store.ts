import { type Clock, systemClock } from '@ashlar/core/clock'
import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts'

/** What a request asks of a limit. */
export interface LimitClaim {
  /** Tokens it may use. */
  readonly tokens: number
  /** Requests in any window; `Infinity` for any number. */
  readonly maxRequests: number
  /** Tokens in any window; `Infinity` for any number. */
  readonly maxTokens: number
  /** Length of the window, in milliseconds. */
  readonly windowMs: number
}

/** A place in the window. */
export interface LimitPlace {
  /** Tells what the request used after all. */
  correct(tokens: number): Promise<void>
  /** Gives the place back: the request was not sent. */
  release(): Promise<void>
}

/**
 * Where several limiters count together: in one process, or on a server for many. `testLimitStore` of
 * `@ashlar/models/testing` checks one.
 */
export interface LimitStore {
  /** Takes a place under a name, if it fits; otherwise gives the milliseconds until it may. Does not throw. */
  take(name: string, claim: LimitClaim): Promise<LimitPlace | number>
}

/** Counts in this process, for models that share a limit. */
export const memoryLimits = ({ clock = systemClock }: { readonly clock?: Clock } = {}): LimitStore => {
  const windows = new Map<string, SlidingWindow>()
  const windowOf = (name: string, windowMs: number): SlidingWindow => {
    const key = `${windowMs} ${name}`
    const window = windows.get(key) ?? createSlidingWindow({ windowMs, clock })
    windows.set(key, window)
    return window
  }
  return {
    async take(name, { tokens, maxRequests, maxTokens, windowMs }) {
      const window = windowOf(name, windowMs)
      const waitMs = window.waitFor(tokens, { requests: maxRequests, tokens: maxTokens })
      if (waitMs > 0) return waitMs
      const entry = window.add(tokens)
      return {
        correct: async (used) => window.correct(entry, used),
        release: async () => window.remove(entry),
      }
    },
  }
}
