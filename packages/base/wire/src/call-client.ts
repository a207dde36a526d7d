import { AshlarError, type ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import { toConnectionError } from './connection-error.ts'
import { createDeadlineSignal } from './deadline-signal.ts'
import { toHttpResponse } from './fetch-response.ts'
import type { HttpResponse } from './http.ts'
import { fromCause, fromStatusError } from './upstream-error.ts'

/** One call through a configured client of a vendor's SDK. */
export interface ClientCall extends ApiCaller {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
  /** Makes the call with this signal and no retries: `(signal) => client.x.create(body, { signal, maxRetries: 0 }).asResponse()`. */
  readonly send: (signal: AbortSignal) => PromiseLike<Response>
}

/** Between two chunks of an answer, in milliseconds, as in the built-in transport. */
const idleTimeoutMs = 300_000

/** An error of the SDKs of OpenAI and Anthropic that has a status, found without loading them. */
const isStatusError = (error: unknown): error is Error & { readonly status: number } =>
  error instanceof Error && 'status' in error && typeof error.status === 'number'

const fromClientError = async (error: unknown, caller: ApiCaller): Promise<ModelError> => {
  if (isStatusError(error)) return fromStatusError(error, caller)
  const code = error instanceof Error && error.name === 'APIConnectionTimeoutError' ? 'timeout' : 'network'
  return fromCause(toConnectionError(error, { code, phase: 'headers', sent: true }), caller)
}

/**
 * Calls through a vendor's SDK, and throws what is not a success as a `ModelError`, as `callApi` does.
 * @throws ModelError, or the signal's reason
 */
export const callClient = async (call: ClientCall): Promise<HttpResponse> => {
  const { provider, modelId, secrets } = call
  const caller = { provider, modelId, secrets }
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
    if (own.signal.aborted) throw fromCause(own.signal.reason, caller)
    if (AshlarError.isInstance(error)) throw error
    throw await fromClientError(error, caller)
  }
}
