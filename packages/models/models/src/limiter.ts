import { ModelError, type ModelErrorKind, type ModelRequest } from '@ashlar/core'
import type { LimitPlace, LimitStore } from './limit-store.ts'
import { type Admission, createMinuteBudget, minute, type MinuteBudgetOptions } from './minute-budget.ts'
import { createWaitingLine } from './waiting-line.ts'

export interface LimiterOptions extends MinuteBudgetOptions {
  readonly provider: string
  readonly modelId: string
  readonly maxQueue: number
  readonly maxWaitMs: number
  /** Where the limits are counted, under a name; by itself where there is none. */
  readonly shared: { readonly store: LimitStore; readonly name: string } | undefined
}

/** One request that wants to be sent. */
export interface Applicant {
  readonly request: ModelRequest
  readonly key: string
  /** Tokens it is thought to use. */
  readonly tokens: number
}

export interface Limiter {
  readonly queued: number
  /** @throws ModelError when the queue is full or the wait too long; the signal's reason after an abort */
  admit(applicant: Applicant): Promise<Admission>
}

type Refusal = (why: string, facts?: { kind?: ModelErrorKind; retryAfterMs?: number }) => ModelError

const createRefusal =
  ({ provider, modelId }: Pick<LimiterOptions, 'provider' | 'modelId'>): Refusal =>
  (why, facts = {}) =>
    new ModelError(`${provider}/${modelId}: not sent, ${why}`, {
      kind: 'rate-limit',
      provider,
      modelId,
      retryable: false,
      attempts: [],
      ...facts,
    })

export const createLimiter = (options: LimiterOptions): Limiter => {
  const { provider, modelId, requestsPerMinute, tokensPerMinute, maxQueue, maxWaitMs, clock, shared } =
    options
  // What is counted in the store is not counted here, but the vendor's word counts everywhere.
  const own = shared ? { requestsPerMinute: Infinity, tokensPerMinute: Infinity } : {}
  const budget = createMinuteBudget({ ...options, ...own })
  const limits = { maxRequests: requestsPerMinute, maxTokens: tokensPerMinute, windowMs: minute }
  const line = createWaitingLine({
    clock,
    waitFor: budget.waitFor,
    claim: shared && ((tokens) => shared.store.take(shared.name, { tokens, ...limits })),
  })
  const enter = (tokens: number, place?: LimitPlace): Admission =>
    budget.enter(tokens, { place, onEnd: line.drain })
  // With a store, the first of the line is the one that asks.
  const longestLine = maxQueue + (shared ? 1 : 0)

  const refuse = createRefusal({ provider, modelId })
  const queueUp = ({ request, key, tokens }: Applicant): Promise<Admission> => {
    const { signal, deadline = Infinity } = request
    const left = deadline - clock.now()
    return line.wait({
      key,
      tokens,
      signal,
      patienceMs: Math.max(0, Math.min(maxWaitMs, left)),
      start: (place) => enter(tokens, place),
      tooLate: () =>
        left <= maxWaitMs
          ? refuse('the deadline passed in the queue', { kind: 'timeout' })
          : refuse(`it waited ${maxWaitMs} ms`, shared ? {} : { retryAfterMs: budget.waitFor(tokens) }),
    })
  }
  return {
    get queued() {
      return line.length
    },
    async admit(applicant) {
      const { request, tokens } = applicant
      request.signal?.throwIfAborted()
      if (tokens > tokensPerMinute)
        throw refuse(`it may use ${tokens} tokens, and ${tokensPerMinute} a minute are allowed`)
      const retryAfterMs = budget.waitFor(tokens)
      if (!shared && retryAfterMs === 0 && line.length === 0) return enter(tokens)
      if (line.length >= longestLine)
        throw refuse(
          `the queue is full (${line.length} waiting); raise maxQueue or the limits, or send less`,
          {
            retryAfterMs,
          },
        )
      if (retryAfterMs > maxWaitMs)
        throw refuse(`it would wait ${retryAfterMs} ms, longer than ${maxWaitMs}`, { retryAfterMs })
      return queueUp(applicant)
    },
  }
}
