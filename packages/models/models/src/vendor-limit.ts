import type { RateLimit } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'

/** Calls under way that the vendor may not have counted when it answered. */
export interface UnderWay {
  readonly requests: number
  readonly tokens: number
}

/** What the vendor says is left, counted down with every call, until it says otherwise or the time is reset. */
export interface VendorLimit {
  /** Milliseconds until a request with so many tokens may be sent; 0: now. */
  waitFor(tokens: number): number
  spend(tokens: number): void
  learn(limit: RateLimit, underWay: UnderWay): void
  /** Nothing may be sent for so long. */
  pause(milliseconds: number): void
}

interface Allowance {
  left: number
  until: number
}

export const createVendorLimit = (clock: Clock): VendorLimit => {
  const none = (): Allowance => ({ left: Infinity, until: 0 })
  let requests = none()
  let tokens = none()
  let pausedUntil = 0
  const allow = (remaining: number | undefined, underWay: number, until: number | undefined): Allowance =>
    remaining === undefined || until === undefined || until <= clock.now()
      ? none()
      : { left: Math.max(0, remaining - underWay), until }
  const blockedUntil = ({ left, until }: Allowance, needed: number): number => (left < needed ? until : 0)
  return {
    waitFor: (needed) =>
      Math.max(
        0,
        pausedUntil - clock.now(),
        blockedUntil(requests, 1) - clock.now(),
        blockedUntil(tokens, needed) - clock.now(),
      ),
    spend(used) {
      requests.left -= 1
      tokens.left -= used
    },
    learn(limit, underWay) {
      requests = allow(limit.requestsRemaining, underWay.requests, limit.requestsResetAt)
      tokens = allow(limit.tokensRemaining, underWay.tokens, limit.tokensResetAt)
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds)
    },
  }
}
