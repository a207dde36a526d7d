import type { ModelError } from '@ashlar/core'
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts'
import { toModelError } from './model-error.ts'

/** Whom an API call is made for. */
export interface ApiCaller {
  readonly provider: string
  readonly modelId: string
  /** Strings that must not be repeated in an error's message, such as the API key. */
  readonly secrets?: readonly (string | undefined)[] | undefined
}

const maxErrorBytes = 64 * 1024

const bodyOf = (response: HttpResponse): Promise<string> => {
  if (response.status >= 400) return response.text(maxErrorBytes)
  response.destroy()
  const to = response.headers['location'] ?? 'nowhere'
  return Promise.resolve(`redirects are not followed, set baseURL to the final address: ${to}`)
}

const toApiError = async (response: HttpResponse, caller: ApiCaller): Promise<ModelError> => {
  const { status, headers } = response
  // The status says enough where the body does not come.
  const body = await bodyOf(response).catch(() => '')
  return toModelError({ ...caller, status, headers, body })
}

/**
 * Sends, and throws what is not a success as a `ModelError` with the vendor's words, at most 64 KiB of them read.
 * @throws ModelError, or the signal's reason
 */
export const callApi = async (
  client: HttpClient,
  request: HttpRequest,
  caller: ApiCaller,
): Promise<HttpResponse> => {
  let response: HttpResponse
  try {
    response = await client.send(request)
  } catch (cause) {
    if (request.signal?.aborted) throw request.signal.reason
    throw toModelError({ ...caller, cause })
  }
  if (response.status >= 200 && response.status < 300) return response
  const error = await toApiError(response, caller)
  throw request.signal?.aborted ? request.signal.reason : error
}
