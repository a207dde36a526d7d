import type { ApiCaller } from './api-caller.ts'
import { callApi } from './call-api.ts'
import { exchangeFetch } from './fetch-exchange.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import { readFailure } from './upstream-error.ts'

/** One call through a configured client of a vendor's SDK. */
export interface ClientCall extends ApiCaller, Pick<HttpRequest, 'signal' | 'deadline'> {
  /** Makes the call with this signal and no retries: `(signal) => client.x.create(body, { signal, maxRetries: 0 }).asResponse()`. */
  readonly send: (signal: AbortSignal) => PromiseLike<Response>
}

/**
 * Calls through a vendor's SDK, and throws what is not a success as a `ModelError`, as `callApi` does.
 * @throws ModelError, or the signal's reason
 */
export const callClient = (call: ClientCall): Promise<HttpResponse> => {
  const ask = async (signal: AbortSignal): Promise<Response> => {
    try {
      return await call.send(signal)
    } catch (error) {
      // The SDKs of OpenAI and Anthropic throw answers that are no success.
      throw error instanceof Error && 'status' in error && error.status !== undefined
        ? await readFailure({ ...call, body: error })
        : error
    }
  }
  const { signal, deadline } = call
  const send = (): Promise<HttpResponse> => exchangeFetch({ signal, deadline, send: ask })
  return callApi({ send }, { url: '', signal }, call)
}
