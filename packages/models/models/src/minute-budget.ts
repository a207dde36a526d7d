import { ModelError } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import type { LimitPlace } from './limit-store.ts'
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
  /** Takes the request's place here, beside the one it has in a store. */
  enter(tokens: number, options: EnterOptions): Admission
}

export interface EnterOptions {
  readonly place?: LimitPlace | undefined
  /** Told after the call has ended, when more may fit. */
  readonly onEnd: () => void
}

/** The time that limits count in, in milliseconds. */
export const minute = 60_000

const tokensOf = (end: StreamEnd): number | undefined => {
  if (end.type === 'left') return undefined
  const failure = end.type === 'error' && ModelError.isInstance(end.error) ? end.error : undefined
  const usage = end.type === 'finish' ? end.finish.usage : failure?.usage
  return usage && usage.inputTokens + usage.outputTokens
}

export const createMinuteBudget = (options: MinuteBudgetOptions): MinuteBudget => {
  const { requestsPerMinute: requests, tokensPerMinute, clock } = options
  const limits = { requests, tokens: tokensPerMinute }
  const window = createSlidingWindow({ windowMs: minute, clock })
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
    waitFor: (tokens) => Math.max(window.waitFor(tokens, limits), vendor.waitFor(tokens)),
    enter(tokens, { place, onEnd }) {
      const entry = window.add(tokens)
      vendor.spend(tokens)
      underWay.requests++
      underWay.tokens += tokens
      return {
        end(end) {
          underWay.requests--
          underWay.tokens -= tokens
          const used = tokensOf(end) ?? tokens
          window.correct(entry, used)
          void place?.correct(used)
          learn(end)
          onEnd()
        },
      }
    },
  }
}
