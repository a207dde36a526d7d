import { type Clock, wait } from '@ashlar/core/clock'
import { type DeadLetter, type Handler, type SubscribeOptions } from './bus.ts'
import type { Envelope } from './envelope.ts'

export interface DeliverOptions extends SubscribeOptions {
  readonly topic: string
  readonly clock: Clock
  /** At least 0 and below 1. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** Deliveries made before, where the backend counts them. @default 0 */
  readonly before?: number
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** True once nobody wants the event any more. */
const isExpired = ({ expiresAt }: Envelope, now: number): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now

/**
 * Gives an event to a handler until it is dealt with.
 * @returns the dead letter, when all deliveries failed
 * @throws the signal's reason, when it aborts between two deliveries
 */
export const deliver = async (
  envelope: Envelope,
  handler: Handler,
  options: DeliverOptions,
): Promise<DeadLetter | undefined> => {
  const { topic, group = null, attempts = 3, baseMs = 100, capMs = 5_000, before = 0 } = options
  const { clock, random, signal } = options
  for (let attempt = before + 1; ; attempt++) {
    if (isExpired(envelope, clock.now())) return undefined
    try {
      await handler(envelope, { topic, attempt, signal })
      return undefined
    } catch (error) {
      if (attempt >= attempts) return { topic, group, attempts: attempt, error: messageOf(error), envelope }
    }
    await wait(random() * Math.min(capMs, baseMs * 2 ** (attempt - 1)), { clock, signal })
  }
}
