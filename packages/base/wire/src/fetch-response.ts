import { type ByteSource, readersOf } from './body.ts'
import { ConnectionError, toConnectionError } from './connection-error.ts'
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
  new ConnectionError(`no data within ${ms} ms`, { code: 'timeout', phase: 'body', sent: true })

const sourceOf = (response: Response, control: FetchControl): ByteSource => {
  const reader = response.body?.getReader()
  let ended = reader === undefined
  let draining = false
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
  let arrived: Uint8Array | undefined
  let failure: { readonly reason: unknown } | undefined
  const wait = async (): Promise<void> => {
    if (ended || !reader) return
    try {
      const { done, value } = await withinIdle(reader.read())
      if (done) end()
      else arrived = value
    } catch (cause) {
      failure = {
        reason: control.signal?.aborted
          ? control.signal.reason
          : toConnectionError(cause, { code: 'network', phase: 'body', sent: true }),
      }
      destroy()
    }
  }
  const take = (): Uint8Array | undefined => {
    const bytes = arrived
    arrived = undefined
    if (bytes === undefined && failure) throw failure.reason
    return bytes
  }
  const drain = (): void => {
    if (ended || draining) return
    draining = true
    const timer = setTimeout(destroy, drainMs)
    const rest = async (): Promise<void> => {
      await wait()
      if (!ended) return rest()
      clearTimeout(timer)
    }
    void rest()
  }
  return {
    take,
    wait,
    get ended() {
      return ended && arrived === undefined && failure === undefined
    },
    drain,
    destroy: () => {
      if (!draining) destroy()
    },
  }
}

/** Reads a `fetch` answer (of an official SDK's `asResponse()`, say) by the same readers as the built-in transport. */
export const toHttpResponse = (response: Response, control: FetchControl = {}): HttpResponse => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  ...readersOf(sourceOf(response, control)),
})
