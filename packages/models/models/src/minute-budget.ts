import { ModelError } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import type { StreamEnd } from './model-stream.ts'
import { createSlidingWindow } from './sliding-window.ts'
import { createVendorLimit } from './vendor-limit.ts'

export interface MinuteBudgetOptions {
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
  readonly clock: Clock
}

/** Leave to send one request. */
export interface Admission {
  /** Tells how the call ended, once. */
  end(end: StreamEnd): void
}

/** What may be sent now: by our limits, and by what the vendor says. */
export interface MinuteBudget {
  /** Milliseconds until a request with so many tokens may be sent; 0: now. */
  waitFor(tokens: number): number
  /** Takes the request's place; `onEnd` is told after the call has ended, when more may fit. */
  enter(tokens: number, onEnd: () => void): Admission
}

const minute = 60_000

const tokensOf = (end: StreamEnd): number | undefined => {
  if (end.type === 'left') return undefined
  const failure = end.type === 'error' && ModelError.isInstance(end.error) ? end.error : undefined
  const usage = end.type === 'finish' ? end.finish.usage : failure?.usage
  return usage && usage.inputTokens + usage.outputTokens
}

export const createMinuteBudget = (options: MinuteBudgetOptions): MinuteBudget => {
  const { requestsPerMinute: requests, tokensPerMinute, clock } = options
  const window = createSlidingWindow({ windowMs: minute, requests, tokens: tokensPerMinute, clock })
  const vendor = createVendorLimit(clock)
  const underWay = { requests: 0, tokens: 0 }

  const learn = (end: StreamEnd): void => {
    if (end.type === 'finish' && end.finish.response.rateLimit && !end.finish.replayed)
      vendor.learn(end.finish.response.rateLimit, underWay)
    if (end.type !== 'error' || !ModelError.isInstance(end.error)) return
    const { kind, retryAfterMs } = end.error
    if (kind === 'rate-limit' && retryAfterMs) vendor.pause(retryAfterMs)
  }
  return {
    waitFor: (tokens) => Math.max(window.waitFor(tokens), vendor.waitFor(tokens)),
    enter(tokens, onEnd) {
      const entry = window.add(tokens)
      vendor.spend(tokens)
      underWay.requests++
      underWay.tokens += tokens
      return {
        end(end) {
          underWay.requests--
          underWay.tokens -= tokens
          window.correct(entry, tokensOf(end) ?? tokens)
          learn(end)
          onEnd()
        },
      }
    },
  }
}
