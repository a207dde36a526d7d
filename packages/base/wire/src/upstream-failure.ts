import type { ModelErrorKind } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import type { HttpResponse } from './http.ts'

/** Header names in lower case. */
export type HeaderRecord = Readonly<Record<string, string>>

/** What is known of a failed call. */
export interface UpstreamFailure extends ApiCaller {
  readonly status?: number | undefined
  readonly headers?: HeaderRecord | undefined
  /** The body of the error, as text or parsed; the error object of a stream; or what an SDK made of them. */
  readonly body?: unknown
  /** What was thrown, where there is neither status nor body. */
  readonly cause?: unknown
}

/** A failed call whose answer may have to be read first. */
export interface UnreadFailure extends UpstreamFailure {
  /** Instead of status, headers and body. At most 64 KiB are read. */
  readonly response?: HttpResponse | undefined
}

/** What a failure means, and the vendor's own words. */
export interface FailureFacts {
  readonly words: string
  readonly kind: ModelErrorKind
  readonly retryable?: boolean
  readonly status?: number
  readonly retryAfterMs?: number
  readonly requestId?: string
}
