import type { ApiCaller } from './api-caller.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts'
import { readFailure, readThrown } from './upstream-error.ts'

/**
 * Sends, and throws what is not a success as a `ModelError` with the vendor's words, at most 64 KiB of them read.
 * Mistakes of the caller stay as they are.
 * @throws ModelError, or the signal's reason
 */
export const callApi = async (
  client: Pick<HttpClient, 'send'>,
  request: HttpRequest,
  caller: ApiCaller,
): Promise<HttpResponse> => {
  try {
    const response = await client.send(request)
    if (response.status >= 200 && response.status < 300) return response
    throw await readFailure({ ...caller, response })
  } catch (cause) {
    throw request.signal?.aborted ? request.signal.reason : await readThrown(cause, caller)
  }
}
