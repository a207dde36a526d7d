import { ModelError, type ModelErrorKind, type ModelRequest } from '@ashlar/core'
import { type Admission, createMinuteBudget, type MinuteBudgetOptions } from './minute-budget.ts'
import { createWaitingLine } from './waiting-line.ts'

export interface LimiterOptions extends MinuteBudgetOptions {
  readonly provider: string
  readonly modelId: string
  readonly maxQueue: number
  readonly maxWaitMs: number
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

export const createLimiter = (options: LimiterOptions): Limiter => {
  const { provider, modelId, tokensPerMinute, maxQueue, maxWaitMs, clock } = options
  const budget = createMinuteBudget(options)
  const line = createWaitingLine(budget.waitFor, { clock })
  const enter = (tokens: number): Admission => budget.enter(tokens, line.drain)

  const refuse = (why: string, facts: { kind?: ModelErrorKind; retryAfterMs?: number } = {}): ModelError =>
    new ModelError(`${provider}/${modelId}: not sent, ${why}`, {
      kind: 'rate-limit',
      provider,
      modelId,
      retryable: false,
      attempts: [],
      ...facts,
    })
  const queueUp = ({ request, key, tokens }: Applicant): Promise<Admission> => {
    const { signal, deadline = Infinity } = request
    return line.wait({
      key,
      tokens,
      signal,
      patienceMs: Math.max(0, Math.min(maxWaitMs, deadline - clock.now())),
      start: () => enter(tokens),
      tooLate: () =>
        deadline <= clock.now()
          ? refuse('the deadline passed in the queue', { kind: 'timeout' })
          : refuse(`it waited ${maxWaitMs} ms`, { retryAfterMs: budget.waitFor(tokens) }),
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
      if (retryAfterMs === 0 && line.length === 0) return enter(tokens)
      if (line.length >= maxQueue)
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
