import type { ApiCaller } from './api-caller.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts'
import { fromCause, fromResponse } from './upstream-error.ts'

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
    throw fromCause(cause, caller)
  }
  if (response.status >= 200 && response.status < 300) return response
  const error = await fromResponse(response, caller)
  throw request.signal?.aborted ? request.signal.reason : error
}
