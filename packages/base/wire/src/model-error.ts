import { ModelError } from '@ashlar/core'
import { readFacts } from './read-facts.ts'
import { fromFacts } from './upstream-error.ts'
import type { UpstreamFailure } from './upstream-failure.ts'

export { redactSecrets } from './redact-secrets.ts'
export { retryAfterOf } from './retry-after.ts'
export type { UpstreamFailure } from './upstream-failure.ts'

/**
 * The facts of a failed call as a `ModelError`: kind, retryability, wait, request id, and the vendor's own words
 * without secrets. A `ModelError` given as the cause is returned as it is.
 */
export const toModelError = (failure: UpstreamFailure): ModelError =>
  ModelError.isInstance(failure.cause) ? failure.cause : fromFacts(readFacts(failure), failure)
