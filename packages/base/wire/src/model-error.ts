import { ModelError } from '@ashlar/core'
import { classifyFailure } from './classify-failure.ts'
import { ConnectionError } from './connection-error.ts'
import { type HeaderRecord, retryAfterOf } from './rate-limit.ts'
import { redactSecrets } from './redact-secrets.ts'
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

const fromCause = ({ provider, modelId, cause, secrets }: UpstreamFailure): ModelError => {
  const kind = ConnectionError.isInstance(cause) ? cause.code : 'network'
  const why = redactSecrets(cause instanceof Error ? cause.message : String(cause), secrets)
  return new ModelError(`${provider}/${modelId}: ${why}`, { kind, provider, modelId }, { cause })
}

/**
 * The facts of a failed call as a `ModelError`: kind, retryability, wait, request id, and the vendor's own words
 * without secrets. A `ModelError` given as the cause is returned as it is.
 */
export const toModelError = (failure: UpstreamFailure): ModelError => {
  const { provider, modelId, headers = {}, cause } = failure
  if (ModelError.isInstance(cause)) return cause
  if (failure.status === undefined && failure.body === undefined) return fromCause(failure)
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
