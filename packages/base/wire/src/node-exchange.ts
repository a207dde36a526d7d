import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { readCause } from './connection-cause.ts'
import { ConnectionError } from './connection-error.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import type { KeepAlive } from './keep-alive.ts'
import { type ByteSource, createResponse } from './response.ts'
import { PhaseClock, type PhaseTimeouts } from './phase-clock.ts'

export interface ExchangeOptions {
  readonly request: HttpRequest
  /** Makes the node request; called again for the one transparent retry. */
  readonly open: () => ClientRequest
  readonly timeouts: PhaseTimeouts
  readonly keepAlive: KeepAlive
  /** The connection is made through a proxy: its clock runs before there is a socket. */
  readonly tunnelled: boolean
}

/** Bytes that may wait for the reader before the socket is paused. */
const highWater = 256 * 1024
/** How long the rest of an answer nobody reads may take. */
const drainMs = 1000

/** One request over one socket, from the first byte out to the last byte in: all its state and listeners. */
class Exchange implements ByteSource {
  readonly #options: ExchangeOptions
  readonly #clock: PhaseClock
  readonly #head = Promise.withResolvers<HttpResponse>()
  #outgoing: ClientRequest | undefined
  #incoming: IncomingMessage | undefined
  #retried = false
  #over = false
  #draining = false
  #failure: { readonly reason: unknown } | undefined
  #queue: Buffer[] = []
  #queuedBytes = 0
  #wake: (() => void) | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#clock = new PhaseClock({
      timeouts: options.timeouts,
      deadline: options.request.deadline,
      isWaiting: () => this.#wake !== undefined,
      onLate: (error) => this.#fail(error),
    })
  }

  start(): Promise<HttpResponse> {
    this.#options.request.signal?.addEventListener('abort', this.#onAbort)
    this.#open()
    return this.#head.promise
  }

  #open(): void {
    const outgoing = this.#options.open()
    this.#outgoing = outgoing
    if (this.#options.tunnelled) this.#clock.enter('connect')
    outgoing.on('socket', this.#onSocket)
    outgoing.on('response', this.#onResponse)
    outgoing.on('error', this.#onError)
    outgoing.end(this.#options.request.body)
  }

  readonly #onAbort = (): void => this.#fail(this.#options.request.signal?.reason)

  readonly #onSocket = (socket: Socket): void => {
    if (this.#over) return
    this.#clock.enter(socket.connecting ? 'connect' : 'headers')
    if (!socket.connecting) return
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      if (!this.#over) this.#clock.enter('headers')
    })
  }

  readonly #onResponse = (incoming: IncomingMessage): void => {
    incoming.on('error', this.#onError)
    if (this.#over) {
      incoming.destroy()
      return
    }
    this.#clock.hold('body')
    this.#incoming = incoming
    const headers = flatHeaders(incoming)
    this.#options.keepAlive.heard(incoming.socket, headers['keep-alive'])
    const encoding = headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      this.#fail(new ConnectionError(`the server sent ${encoding} although identity was asked for`))
      return
    }
    incoming.on('data', this.#onData)
    incoming.on('end', this.#onEnd)
    const { statusCode = 0 } = incoming
    this.#head.resolve(createResponse({ status: statusCode, headers }, this))
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

  readonly #onError = (cause: NodeJS.ErrnoException): void => {
    if (this.#over) return
    const unsent = this.#isUnsent(cause)
    if (unsent && !this.#retried && this.#outgoing?.reusedSocket) {
      this.#retried = true
      this.#open()
      return
    }
    const { message, facts } = readCause(cause, { phase: this.#clock.phase, sent: !unsent })
    this.#fail(new ConnectionError(message, facts, { cause }))
  }

  /**
   * A kept connection may turn out closed. Only when the request was not handed to the operating system as a
   * whole, or the system refused to send it, can the server not have acted on it; then one fresh connection is
   * tried. A connection that breaks later is the caller's to judge: the model may be answering, and billing, already.
   */
  #isUnsent(cause: NodeJS.ErrnoException): boolean {
    if (this.#incoming) return false
    return this.#clock.phase === 'connect' || cause.syscall === 'write' || !this.#outgoing?.writableFinished
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #finish(): void {
    this.#over = true
    this.#clock.stop()
    this.#options.request.signal?.removeEventListener('abort', this.#onAbort)
  }

  #fail(reason: unknown): void {
    if (this.#over) return
    this.#finish()
    this.#failure = { reason }
    this.#outgoing?.destroy()
    this.#head.reject(reason)
    this.#awake()
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#queue.length > 0 || this.#over) return Promise.resolve().then(this.#collect)
    this.#clock.tick()
    return new Promise<void>((resolve) => {
      this.#wake = resolve
    }).then(this.#collect)
  }

  readonly #collect = (): Uint8Array | undefined => {
    const [first] = this.#queue
    if (!first) {
      if (this.#failure) throw this.#failure.reason
      return undefined
    }
    const bytes = this.#queue.length === 1 ? first : Buffer.concat(this.#queue)
    this.#queue = []
    if (this.#queuedBytes > highWater) this.#incoming?.resume()
    this.#queuedBytes = 0
    return bytes
  }

  drain(): void {
    this.#queue = []
    if (this.#over || this.#draining) return
    this.#draining = true
    this.#incoming?.off('data', this.#onData).resume()
    this.#clock.limit(drainMs, this.#leave)
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

/** As they came, those of one name joined, as `fetch` joins them: Node's own record of them costs more to make. */
const flatHeaders = ({ rawHeaders }: IncomingMessage): Record<string, string> => {
  const flat: Record<string, string> = {}
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    const value = rawHeaders[at + 1] ?? ''
    flat[name] = Object.hasOwn(flat, name) ? `${flat[name]}, ${value}` : value
  }
  return flat
}

/** Sends one request and resolves with the head of its answer. */
export const exchange = (options: ExchangeOptions): Promise<HttpResponse> => new Exchange(options).start()
