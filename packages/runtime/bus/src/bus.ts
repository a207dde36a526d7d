import type { Envelope, EnvelopeDraft } from './envelope.ts'

/** What a handler may know of a delivery. */
export interface Delivery {
  readonly topic: string
  /** From 1; more after the handler failed, or died before it was done. */
  readonly attempt: number
  /** Aborted when the bus gives up waiting for the handler at `close`. */
  readonly signal: AbortSignal
}

/** Returns when the event is dealt with; throws to be given it again. It may be given the same event twice. */
export type Handler = (envelope: Envelope, delivery: Delivery) => void | Promise<void>

export interface SubscribeOptions {
  /** Each event goes to one subscription of a group. @default none: this subscription gets every event */
  readonly group?: string
  /** Events handled at once; with more than one, order is lost. @default 1 */
  readonly concurrency?: number
  /** Deliveries of one event in all; after the last it is a dead letter. @default 3 */
  readonly attempts?: number
  /** The longest wait before the second delivery, in milliseconds; doubles with each, full jitter. @default 100 */
  readonly baseMs?: number
  /** The longest wait of all, in milliseconds. @default 5_000 */
  readonly capMs?: number
}

export interface Subscription {
  /** Takes no more events, and waits for the handlers that run. */
  close(): Promise<void>
}

/** Why an event was given up, with the event itself: what a dead-letter topic carries as data. */
export interface DeadLetter {
  readonly topic: string
  readonly group: string | null
  readonly attempts: number
  readonly error: string
  readonly envelope: Envelope
}

/**
 * At least once, in order: an event published after `subscribe` has resolved reaches every subscription and one of
 * each group, in the order of publishing.
 */
export interface Bus {
  /** Resolves once the bus has the event. @throws InvalidArgument for a wrong draft, BusError when it cannot be had */
  publish(topic: string, draft: EnvelopeDraft): Promise<Envelope>
  subscribe(topic: string, handler: Handler, options?: SubscribeOptions): Promise<Subscription>
  /** Takes no more events, waits for those that it has and for the handlers that run, then lets go. */
  close(): Promise<void>
}

/** The topic of the dead letters of a topic: `dead-letter.<topic>`. */
export const deadLetterTopic = (topic: string): string => `dead-letter.${topic}`
