import type { JsonObject, ModelErrorKind, RateLimit } from '@ashlar/core'
import type { PlayedTurn } from '../turn.ts'

/** Everything a dialect needs to write one answer. */
export interface Reply {
  readonly turn: PlayedTurn
  readonly id: string
  readonly model: string
  readonly signature: string
  readonly reasoningField: 'reasoning_content' | 'reasoning'
  /** The parsed body of the request. */
  readonly request: Readonly<Record<string, unknown>>
}

/** An error as a vendor would report it. */
export interface Failure {
  readonly status: number
  readonly kind: ModelErrorKind
  readonly message: string
  readonly requestId: string
}

/** One wire format, as its vendor writes it. */
export interface Dialect {
  /** Content type of its streams. */
  readonly streamType: string
  /** The prefix of its response ids. */
  readonly idPrefix: string
  /** True when the request asked for a stream. */
  isStream(request: Readonly<Record<string, unknown>>): boolean
  /** A streamed answer: each frame with its terminator. */
  frames(reply: Reply): string[]
  /** A plain answer. */
  body(reply: Reply): object
  headers(requestId: string, rateLimit: RateLimit): Record<string, string>
  failureBody(failure: Failure): JsonObject
  /** An error inside a stream that began well; `frame` frames came before it. */
  failureFrame(failure: Failure, frame: number): string
  malformedFrame: string
}

/** One server-sent event; with a name where the vendor names its events. */
export const sseFrame = (data: object | string, event?: string): string => {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event ? `event: ${event}\n` : ''}data: ${text}\n\n`
}

/** Seconds since the epoch in every `created` field, so that answers are the same on every run. */
export const created = 1_700_000_000

/** The arguments of a call as they travel: JSON, or the broken text the script wants to see handled. */
export const argumentsText = (input: unknown): string =>
  typeof input === 'string' ? input : JSON.stringify(input)
