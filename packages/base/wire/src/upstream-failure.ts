import type { ModelErrorKind } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'

/** Header names in lower case. */
export type HeaderRecord = Readonly<Record<string, string>>

/** What is known of a failed call. */
export interface UpstreamFailure extends ApiCaller {
  readonly status?: number | undefined
  readonly headers?: HeaderRecord | undefined
  /** The body of the error, as text or parsed; or the error object of a stream. */
  readonly body?: unknown
  /** What was thrown, where there is neither status nor body. */
  readonly cause?: unknown
}

/** What a failure means, and the vendor's own words. */
export interface FailureFacts {
  readonly words: string
  readonly kind: ModelErrorKind
  readonly retryable?: false
  readonly status?: number
  readonly retryAfterMs?: number
  readonly requestId?: string
}
