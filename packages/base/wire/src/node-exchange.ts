import type { AnswerHead } from './answer-head.ts'
import type { Connection, Passenger } from './connection.ts'
import { readCause } from './connection-cause.ts'
import { ConnectionError } from './connection-error.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import type { Origin } from './origin.ts'
import { PhaseClock, type PhaseTimeouts } from './phase-clock.ts'
import { type ByteSource, createResponse } from './response.ts'

export interface ExchangeOptions extends Pick<HttpRequest, 'signal' | 'deadline' | 'body'> {
  readonly origin: Origin
  readonly method: string
  /** The request line and the headers, with the empty line that ends them. */
  readonly head: string
  readonly timeouts: PhaseTimeouts
}

/** Bytes that may wait for the reader before the socket is paused. */
const highWater = 256 * 1024
/** What a piece costs beside its bytes: chunks may have one. */
const pieceBytes = 128
/** How long the rest of an answer nobody reads may take. */
const drainMs = 1000

/** One request, from the first byte out to the last byte in: all its state and listeners. */
class Exchange implements ByteSource, Passenger {
  readonly #options: ExchangeOptions
  readonly #clock: PhaseClock
  readonly #head = Promise.withResolvers<HttpResponse>()
  #connection: Connection | undefined
  #answered = false
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
      deadline: options.deadline,
      isWaiting: () => this.#wake !== undefined,
      onLate: (error) => this.#fail(error),
    })
  }

  start(): Promise<HttpResponse> {
    this.#options.signal?.addEventListener('abort', this.#onAbort)
    this.#options.origin.board(this)
    return this.#head.promise
  }

  readonly #onAbort = (): void => this.#fail(this.#options.signal?.reason)

  onBoard(connection: Connection): void {
    this.#connection = connection
    if (!connection.standing) this.#clock.enter('connect')
  }

  onReady(): void {
    this.#clock.enter('headers')
    const { method, head, body = '' } = this.#options
    this.#connection?.send(method, head, body)
  }

  onHead({ status, headers }: AnswerHead): void {
    this.#answered = true
    this.#clock.hold('body')
    const encoding = headers['content-encoding']
    if (encoding && encoding.toLowerCase() !== 'identity')
      this.#fail(new ConnectionError(`the server sent ${encoding} although identity was asked for`))
    else this.#head.resolve(createResponse({ status, headers }, this))
  }

  onBody(bytes: Buffer): void {
    if (this.#draining) return
    // Where they came in, others will.
    const piece = Buffer.from(bytes)
    // An array that grows from nothing takes room for sixteen.
    if (this.#queue.length > 0) this.#queue.push(piece)
    else this.#queue = [piece]
    this.#queuedBytes += bytes.length + pieceBytes
    if (this.#queuedBytes > highWater) this.#connection?.pause()
    // The reader runs when this packet was taken apart, and finds all of it.
    this.#awake()
  }

  onEnd(): void {
    // It may carry another request by now.
    this.#connection = undefined
    this.#finish()
    this.#awake()
  }

  onBroken(cause: unknown): void {
    const unsent = this.#isUnsent(cause)
    const reused = this.#connection?.reused
    this.#connection = undefined
    if (unsent && !this.#retried && reused) {
      this.#retried = true
      this.#clock.hold('connect')
      this.#options.origin.boardAfresh(this)
      return
    }
    const { message, facts } = readCause(cause, { phase: this.#clock.phase, sent: !unsent })
    this.#fail(new ConnectionError(message, facts, { cause }))
  }

  /**
   * A kept connection may turn out closed. Only when the request was not handed to the operating system as a
   * whole, or the system refused to send it, can the server not have acted on it; then another connection is
   * tried. One that breaks later is the caller's to judge: the model may be answering, and billing, already.
   */
  #isUnsent(cause: unknown): boolean {
    if (this.#answered) return false
    if (this.#clock.phase === 'connect' || !this.#connection?.flushed) return true
    return cause instanceof Error && 'syscall' in cause && cause.syscall === 'write'
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #finish(): void {
    this.#over = true
    this.#clock.stop()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }

  /** Gives up what it has, or waits for. */
  #abandon(): void {
    if (this.#connection) this.#connection.destroy()
    else this.#options.origin.leave(this)
  }

  #fail(reason: unknown): void {
    if (this.#over) return
    this.#finish()
    this.#failure = { reason }
    this.#abandon()
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
    if (this.#queuedBytes > highWater) this.#connection?.resume()
    this.#queuedBytes = 0
    return bytes
  }

  drain(): void {
    this.#queue = []
    if (this.#over || this.#draining) return
    this.#draining = true
    this.#connection?.resume()
    this.#clock.limit(drainMs, this.#leave)
  }

  destroy(): void {
    if (!this.#draining) this.#leave()
  }

  readonly #leave = (): void => {
    this.#queue = []
    if (this.#over) return
    this.#finish()
    this.#abandon()
    this.#awake()
  }
}

/** Sends one request and resolves with the head of its answer. */
export const exchange = (options: ExchangeOptions): Promise<HttpResponse> => new Exchange(options).start()
