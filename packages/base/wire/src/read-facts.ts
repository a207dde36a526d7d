// Loaded when a call first fails. It imports nothing of what is loaded before, so that a bundler keeps the rest whole.
import { classifyFailure } from './classify-failure.ts'
import type { HttpResponse } from './http.ts'
import { redactSecrets } from './redact-secrets.ts'
import { retryAfterOf } from './retry-after.ts'
import type { FailureFacts, UnreadFailure, UpstreamFailure } from './upstream-failure.ts'
import { readVendorError } from './vendor-error.ts'

export { readCause } from './connection-cause.ts'

const maxErrorBytes = 64 * 1024
const maxWords = 500

/** What an answer that is no success says of it; nothing where the body does not come. */
const readBody = async (response: HttpResponse): Promise<string> => {
  if (response.status >= 400) return response.text(maxErrorBytes).catch(() => '')
  response.destroy()
  const to = response.headers['location'] ?? 'nowhere'
  return `redirects are not followed, set baseURL to the final address: ${to}`
}

/** The answer behind an error of a vendor's SDK. */
const readStatusError = (
  error: Error & { readonly status: unknown },
): Pick<UpstreamFailure, 'status' | 'headers' | 'body'> => ({
  status: Number(error.status),
  headers: 'headers' in error && error.headers instanceof Headers ? Object.fromEntries(error.headers) : {},
  body: 'error' in error && typeof error.error === 'object' && error.error ? error.error : error.message,
})

/** What the server itself says about asking again. The official SDKs go by it before all else. */
const shouldRetry: Readonly<Record<string, boolean>> = { true: true, false: false }

/** Kind, retryability, wait and request id of an answer, by its status, headers and body. */
const factsOfAnswer = ({ status: given, headers = {}, body }: UpstreamFailure): FailureFacts => {
  const vendor = readVendorError(body)
  const status = given ?? vendor.status
  const { kind, retryable: likely } = classifyFailure(status, vendor)
  const retryable = shouldRetry[headers['x-should-retry'] ?? ''] ?? likely
  const words = vendor.message ?? (vendor.names.join(', ') || 'no message')
  const requestId = headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id']
  const retryAfterMs = retryAfterOf(headers)
  return {
    words: `${status === undefined ? '' : `${status} `}${kind}: ${words}`,
    kind,
    ...(retryable !== undefined && { retryable }),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  }
}

/** Of what was thrown instead: a timeout, or a failure of the network. */
const factsOfCause = (cause: unknown): FailureFacts => {
  const isLate = cause instanceof Error && 'code' in cause && cause.code === 'timeout'
  return {
    words: cause instanceof Error ? cause.message : String(cause),
    kind: isLate ? 'timeout' : 'network',
  }
}

/** What a failure means, and words without secrets for it. */
export const readFacts = (failure: UpstreamFailure): FailureFacts => {
  const { status, body, cause, secrets } = failure
  const facts = (status ?? body) === undefined ? factsOfCause(cause) : factsOfAnswer(failure)
  const words = redactSecrets(facts.words, secrets)
  return { ...facts, words: words.length > maxWords ? `${words.slice(0, maxWords)}…` : words }
}

/** The same of an answer that was not read yet, or of what an SDK made of one. */
export const readAnswer = async ({ response, ...failure }: UnreadFailure): Promise<FailureFacts> => {
  const { body } = failure
  if (body instanceof Error && 'status' in body) return readFacts({ ...failure, ...readStatusError(body) })
  if (!response) return readFacts(failure)
  const { status, headers } = response
  return readFacts({ ...failure, status, headers, body: await readBody(response) })
}
