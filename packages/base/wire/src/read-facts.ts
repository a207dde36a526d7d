// Loaded when a call first fails. It imports nothing of what is loaded before, so that a bundler keeps the rest whole.
import type { ApiCaller } from './api-caller.ts'
import { classifyFailure } from './classify-failure.ts'
import type { HttpResponse } from './http.ts'
import { retryAfterOf } from './retry-after.ts'
import type { FailureFacts, UpstreamFailure } from './upstream-failure.ts'
import { readVendorError } from './vendor-error.ts'

const maxErrorBytes = 64 * 1024

/** What an answer that is no success says of it; nothing where the body does not come. */
export const readErrorBody = async (response: HttpResponse): Promise<string> => {
  if (response.status >= 400) return response.text(maxErrorBytes).catch(() => '')
  response.destroy()
  const to = response.headers['location'] ?? 'nowhere'
  return `redirects are not followed, set baseURL to the final address: ${to}`
}

/** The answer behind an error of a vendor's SDK. */
export const readStatusError = (
  error: Error & { readonly status: number },
): Omit<UpstreamFailure, keyof ApiCaller> => ({
  status: error.status,
  headers: 'headers' in error && error.headers instanceof Headers ? Object.fromEntries(error.headers) : {},
  body: 'error' in error && typeof error.error === 'object' && error.error ? error.error : error.message,
})

/** Kind, retryability, wait and request id of a failed call, by its status, headers and body. */
export const readFacts = ({ status: given, headers = {}, body }: UpstreamFailure): FailureFacts => {
  const vendor = readVendorError(body)
  const status = given ?? vendor.status
  const requestId = headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id']
  const retryAfterMs = retryAfterOf(headers)
  return {
    words: vendor.message ?? (vendor.names.join(', ') || 'no message'),
    ...classifyFailure(status, vendor),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  }
}
