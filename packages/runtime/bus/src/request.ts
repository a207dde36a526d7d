import { type Clock, systemClock } from '@ashlar/core/clock'
import { BusError } from './bus-error.ts'
import type { Bus, Delivery, SubscribeOptions, Subscription } from './bus.ts'
import type { Envelope, EnvelopeDraft } from './envelope.ts'

export interface RequestOptions {
  /** How long an answer is waited for, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

/**
 * Publishes an event and waits for the answer to it, on a topic of its own.
 * @throws BusError `timeout` when none comes in time, and the signal's reason
 */
export const request = async (
  bus: Bus,
  { topic, draft }: { readonly topic: string; readonly draft: EnvelopeDraft },
  options: RequestOptions = {},
): Promise<Envelope> => {
  const { timeoutMs = 30_000, signal, clock = systemClock } = options
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Envelope>()
  const replyTo = `reply.${crypto.randomUUID()}`
  const answers = await bus.subscribe(replyTo, resolve)
  const late = (): void => reject(new BusError('timeout', `No answer from ${topic} after ${timeoutMs} ms`))
  const timer = clock.setTimeout(late, timeoutMs)
  const abort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    // It may have aborted while the bus subscribed.
    signal?.throwIfAborted()
    const expiresAt = new Date(clock.now() + timeoutMs).toISOString()
    await bus.publish(topic, { expiresAt, ...draft, replyTo })
    return await promise
  } finally {
    clock.clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    await answers.close()
  }
}

/** Answers the requests of a topic. What `answer` throws makes the request come again, as for any handler. */
export const respond = (
  bus: Bus,
  {
    topic,
    answer,
  }: {
    readonly topic: string
    readonly answer: (envelope: Envelope, delivery: Delivery) => EnvelopeDraft | Promise<EnvelopeDraft>
  },
  options?: SubscribeOptions,
): Promise<Subscription> =>
  bus.subscribe(
    topic,
    async (envelope, delivery) => {
      const { id: causationId, correlationId, replyTo } = envelope
      const draft = await answer(envelope, delivery)
      if (replyTo !== undefined) await bus.publish(replyTo, { correlationId, causationId, ...draft })
    },
    options,
  )
