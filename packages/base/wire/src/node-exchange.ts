import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type ByteSource, readersOf } from './body.ts'
import { ConnectionError, type ConnectionPhase, toConnectionError } from './connection-error.ts'
import type { HttpRequest, HttpResponse } from './http.ts'

/** How long each phase may take, in milliseconds. */
export interface PhaseTimeouts {
  readonly connect: number
  readonly headers: number
  readonly idle: number
}

export interface ExchangeOptions {
  readonly request: HttpRequest
  /** Makes the node request; called again for the one transparent retry. */
  readonly open: () => ClientRequest
  readonly timeouts: PhaseTimeouts
}

/** Bytes that may wait for the reader before the socket is paused. */
const highWater = 256 * 1024
const drainMs = 1000
/** setTimeout takes 32 bits; a later deadline needs no timer. */
const longestTimer = 2 ** 31 - 1

const waitedFor: Readonly<Record<ConnectionPhase, string>> = {
  connect: 'no connection',
  headers: 'no answer',
  body: 'no data',
}

/** One request over one socket, from the first byte out to the last byte in: all its state, listeners and timers. */
class Exchange implements ByteSource {
  readonly #options: ExchangeOptions
  #resolve: (response: HttpResponse) => void = () => undefined
  #reject: (reason: unknown) => void = () => undefined
  #outgoing: ClientRequest | undefined
  #incoming: IncomingMessage | undefined
  #phase: ConnectionPhase = 'connect'
  #timer: NodeJS.Timeout | undefined
  #deadlineTimer: NodeJS.Timeout | undefined
  #retried = false
  #over = false
  #draining = false
  #failed = false
  #failure: unknown
  #queue: Buffer[] = []
  #queuedBytes = 0
  #wake: (() => void) | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  start(): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      const { signal, deadline } = this.#options.request
      signal?.addEventListener('abort', this.#onAbort)
      if (deadline !== undefined) {
        const left = Math.max(0, deadline - Date.now())
        if (left <= longestTimer) this.#deadlineTimer = setTimeout(this.#onDeadline, left)
      }
      this.#open()
    })
  }

  #open(): void {
    const outgoing = this.#options.open()
    this.#outgoing = outgoing
    outgoing.on('socket', this.#onSocket)
    outgoing.on('response', this.#onResponse)
    outgoing.on('error', this.#onError)
    outgoing.end(this.#options.request.body)
  }

  readonly #onAbort = (): void => this.#fail(this.#options.request.signal?.reason)
  readonly #onDeadline = (): void => this.#fail(this.#error('the deadline passed', 'timeout'))
  readonly #onTimer = (): void => {
    const { connect, headers, idle } = this.#options.timeouts
    // A reader that takes its time is not a server that hangs.
    if (this.#phase === 'body' && !this.#wake) this.#arm(idle)
    else {
      const ms = this.#phase === 'connect' ? connect : this.#phase === 'headers' ? headers : idle
      this.#fail(this.#error(`${waitedFor[this.#phase]} within ${ms} ms`, 'timeout'))
    }
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onTimer, ms)
  }

  readonly #onSocket = (socket: Socket): void => {
    if (this.#over) return
    const { connect, headers } = this.#options.timeouts
    if (!socket.connecting) {
      this.#phase = 'headers'
      this.#arm(headers)
      return
    }
    this.#arm(connect)
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      if (this.#over) return
      this.#phase = 'headers'
      this.#arm(headers)
    })
  }

  readonly #onResponse = (incoming: IncomingMessage): void => {
    if (this.#over) {
      incoming.destroy()
      return
    }
    this.#phase = 'body'
    this.#incoming = incoming
    incoming.on('error', this.#onError)
    const encoding = incoming.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      this.#fail(this.#error(`the server sent ${encoding} although identity was asked for`, 'network'))
      return
    }
    this.#arm(this.#options.timeouts.idle)
    incoming.on('data', this.#onData)
    incoming.on('end', this.#onEnd)
    this.#resolve(toResponse(incoming, this))
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    if (this.#queuedBytes > highWater) this.#incoming?.pause()
    // The reader runs when this packet was taken apart, and finds all of it.
    this.#awake()
  }

  readonly #onEnd = (): void => {
    this.#finish()
    this.#awake()
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  readonly #onError = (cause: NodeJS.ErrnoException): void => {
    if (this.#over) return
    if (!this.#retried && this.#outgoing?.reusedSocket && this.#isUnsent(cause)) {
      this.#retried = true
      this.#open()
      return
    }
    const sent = !this.#isUnsent(cause)
    this.#fail(toConnectionError(cause, { code: 'network', phase: this.#phase, sent }))
  }

  /**
   * A kept connection may turn out closed. Only when the request was not handed to the operating system as a
   * whole, or the system refused to send it, can the server not have acted on it; then one fresh connection is
   * tried. A connection that breaks later is the caller's to judge: the model may be answering, and billing, already.
   */
  #isUnsent(cause: NodeJS.ErrnoException): boolean {
    if (this.#incoming) return false
    return this.#phase === 'connect' || cause.syscall === 'write' || !this.#outgoing?.writableFinished
  }

  #error(message: string, code: 'network' | 'timeout'): ConnectionError {
    return new ConnectionError(message, { code, phase: this.#phase, sent: this.#phase !== 'connect' })
  }

  #finish(): void {
    this.#over = true
    clearTimeout(this.#timer)
    clearTimeout(this.#deadlineTimer)
    this.#options.request.signal?.removeEventListener('abort', this.#onAbort)
  }

  #fail(reason: unknown): void {
    if (this.#over) return
    this.#finish()
    this.#failed = true
    this.#failure = reason
    this.#outgoing?.destroy()
    this.#reject(reason)
    this.#awake()
  }

  get ended(): boolean {
    return this.#over && !this.#failed && this.#queue.length === 0
  }

  take(): Uint8Array | undefined {
    const [first] = this.#queue
    if (!first) {
      if (this.#failed) throw this.#failure
      return undefined
    }
    const bytes = this.#queue.length === 1 ? first : Buffer.concat(this.#queue)
    this.#queue = []
    if (this.#queuedBytes > highWater) this.#incoming?.resume()
    this.#queuedBytes = 0
    return bytes
  }

  wait(): Promise<void> {
    if (this.#over || this.#queue.length > 0) return Promise.resolve()
    this.#timer?.refresh()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  drain(): void {
    this.#queue = []
    if (this.#over || this.#draining) return
    this.#draining = true
    this.#incoming?.off('data', this.#onData).resume()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#leave, drainMs)
  }

  destroy(): void {
    if (!this.#draining) this.#leave()
  }

  readonly #leave = (): void => {
    this.#queue = []
    if (this.#over) return
    this.#finish()
    this.#outgoing?.destroy()
    this.#awake()
  }
}

const flatHeaders = (incoming: IncomingMessage): Record<string, string> => {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  return flat
}

const toResponse = (incoming: IncomingMessage, source: ByteSource): HttpResponse => {
  let headers: Record<string, string> | undefined
  return {
    status: incoming.statusCode ?? 0,
    get headers() {
      headers ??= flatHeaders(incoming)
      return headers
    },
    ...readersOf(source),
  }
}

/** Sends one request and resolves with the head of its answer. */
export const exchange = (options: ExchangeOptions): Promise<HttpResponse> => new Exchange(options).start()
