import { type ByteSource, SourceResponse } from './body.ts'
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

class FetchSource implements ByteSource {
  readonly #control: FetchControl
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #over = false
  #draining = false
  #arrived: Uint8Array | undefined
  #failure: { readonly reason: unknown } | undefined

  constructor(body: ReadableStream<Uint8Array> | null, control: FetchControl) {
    this.#control = control
    this.#reader = body?.getReader()
    if (!this.#reader) this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#control.onEnd?.()
  }

  readonly #leave = (): void => {
    if (this.#over) return
    this.#finish()
    this.#control.abort?.()
    this.#reader?.cancel().catch(() => undefined)
  }

  async #withinIdle<T>(pending: Promise<T>): Promise<T> {
    const { idleTimeoutMs } = this.#control
    if (idleTimeoutMs === undefined) return pending
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timedOut(idleTimeoutMs)), idleTimeoutMs)
    })
    return Promise.race([pending, late]).finally(() => clearTimeout(timer))
  }

  get ended(): boolean {
    return this.#over && this.#arrived === undefined && this.#failure === undefined
  }

  take(): Uint8Array | undefined {
    const bytes = this.#arrived
    this.#arrived = undefined
    if (bytes === undefined && this.#failure) throw this.#failure.reason
    return bytes
  }

  async wait(): Promise<void> {
    if (this.#over || !this.#reader) return
    try {
      const { done, value } = await this.#withinIdle(this.#reader.read())
      if (done) this.#finish()
      else this.#arrived = value
    } catch (cause) {
      const { signal } = this.#control
      const facts = { code: 'network', phase: 'body', sent: true } as const
      this.#failure = { reason: signal?.aborted ? signal.reason : toConnectionError(cause, facts) }
      this.#leave()
    }
  }

  drain(): void {
    if (this.#over || this.#draining) return
    this.#draining = true
    const timer = setTimeout(this.#leave, drainMs)
    const rest = async (): Promise<void> => {
      await this.wait()
      if (!this.#over) return rest()
      clearTimeout(timer)
    }
    void rest()
  }

  destroy(): void {
    if (!this.#draining) this.#leave()
  }
}

/** Reads a `fetch` answer (of an official SDK's `asResponse()`, say) by the same readers as the built-in transport. */
export const toHttpResponse = (response: Response, control: FetchControl = {}): HttpResponse => {
  const { status, headers, body } = response
  return new SourceResponse(status, {
    source: new FetchSource(body, control),
    readHeaders: () => Object.fromEntries(headers),
  })
}
