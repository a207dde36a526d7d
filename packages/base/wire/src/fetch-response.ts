import { type ByteSource, readersOf } from './body.ts'
import { ConnectionError } from './connection-error.ts'
import type { HttpResponse } from './http.ts'

/** What a body needs around it: how to end the request, how long to wait for a chunk, what to do at the end. */
export interface FetchControl {
  /** The request's own signal; its reason is what a reader rejects with after an abort. */
  readonly signal?: AbortSignal
  /** Ends the request. */
  readonly abort?: () => void
  /** Between two chunks, in milliseconds. @default no limit */
  readonly idleTimeoutMs?: number
  /** Called once, when the body was read, failed or was left. */
  readonly onEnd?: () => void
}

const drainMs = 1000

const timedOut = (ms: number): ConnectionError =>
  new ConnectionError(`no data for ${ms} ms`, { code: 'timeout', phase: 'body', sent: true })

const toConnectionError = (cause: unknown): unknown =>
  ConnectionError.isInstance(cause)
    ? cause
    : new ConnectionError(
        `the connection broke: ${cause instanceof Error ? cause.message : String(cause)}`,
        { code: 'network', phase: 'body', sent: true },
        { cause },
      )

const sourceOf = (response: Response, control: FetchControl): ByteSource => {
  const reader = response.body?.getReader()
  let ended = reader === undefined
  const end = (): void => {
    if (ended) return
    ended = true
    control.onEnd?.()
  }
  if (ended) control.onEnd?.()
  const destroy = (): void => {
    if (ended) return
    end()
    control.abort?.()
    reader?.cancel().catch(() => undefined)
  }
  const withinIdle = async <T>(pending: Promise<T>): Promise<T> => {
    const { idleTimeoutMs } = control
    if (idleTimeoutMs === undefined) return pending
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timedOut(idleTimeoutMs)), idleTimeoutMs)
    })
    return Promise.race([pending, late]).finally(() => clearTimeout(timer))
  }
  const next = async (): Promise<Uint8Array | undefined> => {
    if (ended || !reader) return undefined
    try {
      const { done, value } = await withinIdle(reader.read())
      if (!done) return value
      end()
      return undefined
    } catch (cause) {
      const aborted = control.signal?.aborted
      destroy()
      throw aborted ? control.signal?.reason : toConnectionError(cause)
    }
  }
  const drain = (): void => {
    if (ended) return
    const timer = setTimeout(destroy, drainMs)
    const rest = async (): Promise<void> => {
      while ((await next()) !== undefined);
    }
    void rest()
      .catch(() => undefined)
      .finally(() => clearTimeout(timer))
  }
  return { next, drain, destroy }
}

/** Reads a `fetch` answer (of an official SDK's `asResponse()`, say) by the same readers as the built-in transport. */
export const toHttpResponse = (response: Response, control: FetchControl = {}): HttpResponse => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  ...readersOf(sourceOf(response, control)),
})
