import { AshlarError, isObject, type ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import { toConnectionError } from './connection-error.ts'
import { createDeadlineSignal } from './deadline-signal.ts'
import { toHttpResponse } from './fetch-response.ts'
import type { HttpResponse } from './http.ts'
import { toModelError } from './model-error.ts'

/** One call through a configured client of a vendor's SDK. */
export interface ClientCall extends ApiCaller {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
  /** Makes the call with this signal and no retries: `(signal) => client.x.create(body, { signal, maxRetries: 0 }).asResponse()`. */
  readonly send: (signal: AbortSignal) => PromiseLike<Response>
}

/** Between two chunks of an answer, in milliseconds, as in the built-in transport. */
const idleTimeoutMs = 300_000

/** The facts of an error of the SDKs of OpenAI and Anthropic, found without loading them. */
const fromClientError = (error: unknown, caller: ApiCaller): ModelError => {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') {
    const code = error instanceof Error && error.name === 'APIConnectionTimeoutError' ? 'timeout' : 'network'
    return toModelError({
      ...caller,
      cause: toConnectionError(error, { code, phase: 'headers', sent: true }),
    })
  }
  const headers =
    'headers' in error && error.headers instanceof Headers ? Object.fromEntries(error.headers) : {}
  const body = 'error' in error && isObject(error.error) ? error.error : error.message
  return toModelError({ ...caller, status: error.status, headers, body })
}

/**
 * Calls through a vendor's SDK, and throws what is not a success as a `ModelError`, as `callApi` does.
 * @throws ModelError, or the signal's reason
 */
export const callClient = async (call: ClientCall): Promise<HttpResponse> => {
  const { provider, modelId, secrets } = call
  call.signal?.throwIfAborted()
  const own = createDeadlineSignal(call)
  try {
    const response = await call.send(own.signal)
    // Leaving the body cancels it, which frees the connection. An abort would do so too, but the SDKs hold on to
    // their controllers until the body is collected, and the reason of an abort would hold on to the body.
    return toHttpResponse(response, { signal: own.signal, idleTimeoutMs, onEnd: own.dispose })
  } catch (error) {
    own.dispose()
    if (call.signal?.aborted) throw call.signal.reason
    if (own.signal.aborted) throw toModelError({ provider, modelId, cause: own.signal.reason })
    if (AshlarError.isInstance(error)) throw error
    throw fromClientError(error, { provider, modelId, secrets })
  }
}
