import { ConnectionError, toConnectionError } from './connection-error.ts'
import { createDeadlineSignal } from './deadline-signal.ts'
import { toHttpResponse } from './fetch-response.ts'
import type { HttpClient, HttpClientOptions, HttpRequest, HttpResponse } from './http.ts'

const timeout = (ms: number): ConnectionError =>
  new ConnectionError(`no answer within ${ms} ms`, { code: 'timeout', phase: 'headers', sent: true })

const send = async (request: HttpRequest, options: HttpClientOptions): Promise<HttpResponse> => {
  const { headersTimeoutMs = 600_000, idleTimeoutMs = 300_000 } = options
  const { url, body, signal } = request
  signal?.throwIfAborted()
  const own = createDeadlineSignal(request)
  const timer = setTimeout(() => own.abort(timeout(headersTimeoutMs)), headersTimeoutMs)
  try {
    const response = await fetch(url, {
      method: request.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...request.headers },
      body: body ?? null,
      signal: own.signal,
      redirect: 'manual',
    })
    return toHttpResponse(response, {
      signal: own.signal,
      abort: () => own.abort(undefined),
      idleTimeoutMs,
      onEnd: own.dispose,
    })
  } catch (cause) {
    own.dispose()
    if (own.signal.aborted) throw own.signal.reason
    throw toConnectionError(cause, { code: 'network', phase: 'headers', sent: true })
  } finally {
    clearTimeout(timer)
  }
}

/** A client over the platform's `fetch`, for browsers and edge workers; connections are the platform's business. */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => ({
  send: (request) => send(request, options),
  close: () => undefined,
})
