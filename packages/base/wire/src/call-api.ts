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

const redirected = (status: number, to: string | undefined): unknown =>
  status < 400
    ? {
        message: `Redirected to ${to ?? 'nowhere'}; redirects are not followed, set baseURL to the final address`,
      }
    : undefined

/** The `ModelError` of an answer that is not a success; reads at most 64 KiB of its body. */
export const toApiError = async (response: HttpResponse, caller: ApiCaller): Promise<ModelError> => {
  const { status, headers } = response
  const body = redirected(status, headers['location']) ?? (await response.text(maxErrorBytes).catch(() => ''))
  return toModelError({ ...caller, status, headers, body })
}

/** Sends, and throws what is not a success as a `ModelError`. @throws ModelError, or the signal's reason */
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
  throw await toApiError(response, caller)
}
