import { AshlarError } from '@ashlar/core'
import { ConnectionError, type ConnectionPhase } from './connection-error.ts'
import { createDeadlineSignal } from './deadline-signal.ts'
import type { HttpClientOptions, HttpRequest, HttpResponse } from './http.ts'
import { createResponse } from './response.ts'

/** One request whose answer is that of a `fetch`. */
export interface FetchExchange
  extends
    Pick<HttpRequest, 'signal' | 'deadline'>,
    Pick<HttpClientOptions, 'headersTimeoutMs' | 'idleTimeoutMs'> {
  /** Sends it; this signal ends it in any phase. */
  readonly send: (signal: AbortSignal) => PromiseLike<Response>
}

const drainMs = 1000

const ignore = (): void => undefined

/** The failure of a library as a `ConnectionError`; what was thrown on purpose stays as it is. */
const toConnectionError = async (cause: unknown, phase: ConnectionPhase): Promise<AshlarError> => {
  if (AshlarError.isInstance(cause)) return cause
  const { message, facts } = await import('./read-facts.ts').then(
    ({ readCause }) => readCause(cause, { phase }),
    () => ({ message: String(cause), facts: { phase } }),
  )
  return new ConnectionError(message, facts, { cause })
}

/**
 * From the request to the last byte of the answer: the signal, the deadline and the clock of each phase. A body that
 * is left is cancelled, which frees the connection; nothing is aborted then, because the SDKs of vendors hold on to
 * their signals until the body is collected, and the reason of an abort would hold on to the body.
 * @throws ConnectionError, or the signal's reason
 */
export const exchangeFetch = async (options: FetchExchange): Promise<HttpResponse> => {
  const { headersTimeoutMs = 600_000, idleTimeoutMs = 300_000 } = options
  options.signal?.throwIfAborted()
  const { signal, abort, dispose } = createDeadlineSignal(options)

  const within = async <T>(ms: number, phase: ConnectionPhase, send: () => PromiseLike<T>): Promise<T> => {
    const missing = phase === 'body' ? 'data' : 'answer'
    const late = (): void =>
      abort(new ConnectionError(`no ${missing} within ${ms} ms`, { code: 'timeout', phase }))
    const timer = setTimeout(late, ms)
    try {
      const result = await send()
      signal.throwIfAborted()
      return result
    } catch (cause) {
      dispose()
      throw signal.aborted ? signal.reason : await toConnectionError(cause, phase)
    } finally {
      clearTimeout(timer)
    }
  }

  const { status, headers, body } = await within(headersTimeoutMs, 'headers', () => options.send(signal))
  const reader = body?.getReader()
  let isDraining = false
  const read = async (): Promise<Uint8Array | undefined> => {
    const chunk = reader && (await within(idleTimeoutMs, 'body', () => reader.read()))
    if (!chunk?.value) dispose()
    return chunk?.value
  }
  const leave = (): void => {
    dispose()
    reader?.cancel().catch(ignore)
  }
  // What does not follow the signal ends too.
  signal.addEventListener('abort', leave)
  if (!reader) dispose()
  return createResponse(
    { status, headers: Object.fromEntries(headers) },
    {
      read,
      drain: () => {
        if (isDraining) return
        isDraining = true
        const timer = setTimeout(leave, drainMs)
        const rest = async (): Promise<void> => {
          while (await read());
        }
        rest()
          .catch(ignore)
          .finally(() => clearTimeout(timer))
      },
      destroy: () => {
        if (!isDraining) leave()
      },
    },
  )
}
