import { ModelError, type ModelErrorKind, type ModelRequest } from '@ashlar/core'
import type { Clock } from './clock.ts'
import { createFairQueue } from './fair-queue.ts'
import type { StreamEnd } from './model-stream.ts'
import { createSlidingWindow, type WindowEntry } from './sliding-window.ts'
import { createVendorLimit } from './vendor-limit.ts'

export interface LimiterOptions {
  readonly provider: string
  readonly modelId: string
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
  readonly maxQueue: number
  readonly maxWaitMs: number
  readonly clock: Clock
}

/** One request that wants to be sent. */
export interface Applicant {
  readonly request: ModelRequest
  readonly key: string
  /** Tokens it is thought to use. */
  readonly tokens: number
}

/** Leave to send one request. */
export interface Admission {
  /** Tells how the call ended, once. */
  end(end: StreamEnd): void
}

export interface Limiter {
  readonly queued: number
  /** @throws ModelError when the queue is full or the wait too long; the signal's reason after an abort */
  admit(applicant: Applicant): Promise<Admission>
}

const minute = 60_000

const tokensOf = (end: StreamEnd): number | undefined => {
  if (end.type === 'left') return undefined
  const failure = end.type === 'error' && ModelError.isInstance(end.error) ? end.error : undefined
  const usage = end.type === 'finish' ? end.finish.usage : failure?.usage
  return usage && usage.inputTokens + usage.outputTokens
}

export const createLimiter = (options: LimiterOptions): Limiter => {
  const { provider, modelId, requestsPerMinute, tokensPerMinute, maxQueue, maxWaitMs, clock } = options
  const window = createSlidingWindow({
    windowMs: minute,
    requests: requestsPerMinute,
    tokens: tokensPerMinute,
    clock,
  })
  const vendor = createVendorLimit(clock)
  const queue = createFairQueue<Waiting>()
  const underWay = { requests: 0, tokens: 0 }
  let timer: unknown

  interface Waiting {
    readonly tokens: number
    readonly start: () => void
  }
  const waitFor = (tokens: number): number => Math.max(window.waitFor(tokens), vendor.waitFor(tokens))
  const refuse = (why: string, facts: { kind?: ModelErrorKind; retryAfterMs?: number } = {}): ModelError =>
    new ModelError(`${provider}/${modelId}: not sent, ${why}`, {
      kind: 'rate-limit',
      provider,
      modelId,
      retryable: false,
      attempts: [],
      ...facts,
    })

  const drain = (): void => {
    clock.clearTimeout(timer)
    timer = undefined
    for (let next = queue.peek(); next; next = queue.peek()) {
      const wait = waitFor(next.tokens)
      if (wait > 0) {
        timer = clock.setTimeout(drain, wait)
        return
      }
      queue.shift()
      next.start()
    }
  }
  const learn = (end: StreamEnd): void => {
    if (end.type === 'finish' && end.finish.response.rateLimit && !end.finish.replayed)
      vendor.learn(end.finish.response.rateLimit, underWay)
    if (end.type !== 'error' || !ModelError.isInstance(end.error)) return
    const { kind, retryAfterMs } = end.error
    if (kind === 'rate-limit' && retryAfterMs) vendor.pause(retryAfterMs)
  }
  const enter = (tokens: number): Admission => {
    const entry: WindowEntry = window.add(tokens)
    vendor.spend(tokens)
    underWay.requests++
    underWay.tokens += tokens
    return {
      end(end) {
        underWay.requests--
        underWay.tokens -= tokens
        window.correct(entry, tokensOf(end) ?? tokens)
        learn(end)
        drain()
      },
    }
  }
  const queueUp = ({
    request: { signal, deadline = Infinity },
    key,
    tokens,
  }: Applicant): Promise<Admission> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clock.clearTimeout(late)
        signal?.removeEventListener('abort', leave)
      }
      const start = (): void => {
        stop()
        resolve(enter(tokens))
      }
      const waiting: Waiting = { tokens, start }
      const give = (error: unknown): void => {
        stop()
        queue.remove(key, waiting)
        reject(error)
        drain()
      }
      const leave = (): void => give(signal?.reason)
      const patience = Math.min(maxWaitMs, deadline - clock.now())
      const tooLate = (): void =>
        give(
          deadline <= clock.now()
            ? refuse('the deadline passed in the queue', { kind: 'timeout' })
            : refuse(`it waited ${maxWaitMs} ms`, { retryAfterMs: waitFor(tokens) }),
        )
      const late = patience === Infinity ? undefined : clock.setTimeout(tooLate, Math.max(0, patience))
      signal?.addEventListener('abort', leave, { once: true })
      queue.add(key, waiting)
      drain()
    })

  return {
    get queued() {
      return queue.size
    },
    async admit(applicant) {
      const { request, tokens } = applicant
      request.signal?.throwIfAborted()
      if (tokens > tokensPerMinute)
        throw refuse(`it may use ${tokens} tokens, and ${tokensPerMinute} a minute are allowed`)
      const wait = waitFor(tokens)
      if (wait === 0 && queue.size === 0) return enter(tokens)
      if (queue.size >= maxQueue)
        throw refuse(
          `the queue is full (${queue.size} waiting); raise maxQueue or the limits, or send less`,
          {
            retryAfterMs: wait,
          },
        )
      if (wait > maxWaitMs)
        throw refuse(`it would wait ${wait} ms, longer than ${maxWaitMs}`, { retryAfterMs: wait })
      return queueUp(applicant)
    },
  }
}
