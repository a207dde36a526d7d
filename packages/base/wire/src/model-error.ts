import { ModelError } from '@ashlar/core'
import { fromCause } from './cause-error.ts'
import { classifyFailure } from './classify-failure.ts'
import type { HeaderRecord } from './header-values.ts'
import { redactSecrets } from './redact-secrets.ts'
import { retryAfterOf } from './retry-after.ts'
import { readVendorError } from './vendor-error.ts'

/** What is known of a failed call. */
export interface UpstreamFailure {
  readonly provider: string
  readonly modelId: string
  readonly status?: number | undefined
  readonly headers?: HeaderRecord | undefined
  /** The body of the error, as text or parsed; or the error object of a stream. */
  readonly body?: unknown
  /** What was thrown, where there is neither status nor body. */
  readonly cause?: unknown
  /** Strings that must not be repeated in the message, such as the API key. */
  readonly secrets?: readonly (string | undefined)[] | undefined
}

const maxMessage = 500

/**
 * The facts of a failed call as a `ModelError`: kind, retryability, wait, request id, and the vendor's own words
 * without secrets. A `ModelError` given as the cause is returned as it is.
 */
export const toModelError = (failure: UpstreamFailure): ModelError => {
  const { provider, modelId, headers = {}, cause } = failure
  const isAnswer = failure.status !== undefined || failure.body !== undefined
  if (!isAnswer || ModelError.isInstance(cause)) return fromCause(cause, failure)
  const vendor = readVendorError(failure.body)
  const status = failure.status ?? vendor.status
  const requestId = headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id']
  const retryAfterMs = retryAfterOf(headers)
  const outcome = classifyFailure(status, vendor)
  const words = redactSecrets(vendor.message ?? (vendor.names.join(', ') || 'no message'), failure.secrets)
  const shown = words.length > maxMessage ? `${words.slice(0, maxMessage)}…` : words
  const code = status === undefined ? outcome.kind : `${status} ${outcome.kind}`
  return new ModelError(`${provider}/${modelId}: ${code}: ${shown}`, {
    ...outcome,
    provider,
    modelId,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  })
}
