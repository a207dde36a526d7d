import type { Socket } from 'node:net'
import type { AnswerHead } from './answer-head.ts'
import { type AnswerListener, AnswerReader } from './answer-reader.ts'
import { longestTimer } from './deadline-signal.ts'
import type { Dial, Endpoint } from './dial.ts'

/** One request, from when it is given a connection to the end of its answer. */
export interface Passenger extends AnswerListener {
  /** It has this connection to itself; it may not stand yet. */
  onBoard(connection: Connection): void
  /** The connection stands. */
  onReady(): void
  onEnd(): void
  /** The connection is gone, and the answer not whole. */
  onBroken(cause: unknown): void
}

/** Whose connections they are. */
export interface ConnectionOwner {
  readonly endpoint: Endpoint
  readonly dial: Dial
  /** An answer has ended; the connection can carry another request. */
  freed(connection: Connection): void
  /** It is closed. */
  lost(connection: Connection): void
}

/** So long before the end that a server announces, a connection is given up: what is sent then may cross with it. */
const marginMs = 1000

const hangUp = (): Error =>
  Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' })

/** A socket that carries one request at a time. */
export class Connection implements AnswerListener {
  readonly #owner: ConnectionOwner
  readonly #reader = new AnswerReader(this)
  #socket: Socket | undefined
  #passenger: Passenger | undefined
  #cause: unknown
  #standing = false
  #gone = false
  #carried = 0
  /** What `flushed` was when it broke: a closed socket has nothing left to write. */
  #wasFlushed: boolean | undefined
  #keptMs = Number.POSITIVE_INFINITY

  constructor(owner: ConnectionOwner) {
    this.#owner = owner
    owner
      .dial(owner.endpoint, { onSocket: this.#onSocket, onData: this.#onData })
      .then(this.#onStanding, this.#break)
  }

  get standing(): boolean {
    return this.#standing
  }

  /** Not to be used: closed, or about to be. */
  get gone(): boolean {
    return this.#gone
  }

  /** It has carried another request before this one. */
  get reused(): boolean {
    return this.#carried > 1
  }

  /** The system has all that was sent. */
  get flushed(): boolean {
    return this.#wasFlushed ?? this.#socket?.writableLength === 0
  }

  carry(passenger: Passenger): void {
    this.#passenger = passenger
    if (this.#carried++ > 0) this.#socket?.setTimeout(0).ref()
    passenger.onBoard(this)
    if (this.#standing && !this.#gone) passenger.onReady()
  }

  /** Sends a head, which is Latin-1, and the body after it. */
  send(method: string, head: string, body: string): void {
    const socket = this.#socket
    this.#reader.expect(method)
    if (body === '' || isAscii(head)) {
      socket?.write(head + body, body === '' ? 'latin1' : 'utf8')
      return
    }
    socket?.cork()
    socket?.write(head, 'latin1')
    socket?.write(body)
    socket?.uncork()
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  /** Keeps it for the next request, so long as its server does, and this many milliseconds at most. */
  rest(ms: number): void {
    const kept = Math.min(ms, this.#keptMs, longestTimer)
    if (kept <= 0) this.destroy()
    else this.#socket?.setTimeout(kept).unref()
  }

  destroy(): void {
    this.#gone = true
    this.#passenger = undefined
    this.#socket?.destroy()
  }

  onHead(head: AnswerHead): void {
    const seconds = /timeout=(\d+)/i.exec(head.headers['keep-alive'] ?? '')?.[1]
    if (seconds) this.#keptMs = Number(seconds) * 1000 - marginMs
    this.#passenger?.onHead(head)
  }

  onBody(bytes: Buffer): void {
    this.#passenger?.onBody(bytes)
  }

  readonly #onSocket = (socket: Socket): void => {
    this.#socket = socket
    socket.on('error', this.#onFault)
    // That of a proxy's tunnel ends with what was made of it.
    socket.on('close', () => socket === this.#socket && this.#onClose())
  }

  readonly #onStanding = (socket: Socket): void => {
    if (this.#gone) return
    this.#standing = true
    socket.on('end', this.#onEnd)
    socket.on('timeout', () => this.destroy())
    this.#passenger?.onReady()
  }

  readonly #onData = (bytes: Buffer): void => {
    let isFree = false
    try {
      isFree = this.#reader.push(bytes)
    } catch (cause) {
      this.#break(cause)
    }
    if (!this.#reader.busy) this.#leave(isFree && this.flushed && !this.#gone)
  }

  readonly #onEnd = (): void => {
    if (this.#reader.end()) this.#leave(false)
    else this.#break(hangUp())
  }

  readonly #onClose = (): void => {
    this.#gone = true
    this.#owner.lost(this)
    this.#passenger?.onBroken(this.#cause ?? hangUp())
    this.#passenger = undefined
  }

  readonly #onFault = (cause: unknown): void => {
    this.#cause ??= cause
    this.#wasFlushed ??= this.flushed
  }

  readonly #break = (cause: unknown): void => {
    this.#onFault(cause)
    this.#gone = true
    if (this.#socket) this.#socket.destroy()
    else this.#onClose()
  }

  /** The answer has ended. */
  #leave(isFree: boolean): void {
    const passenger = this.#passenger
    this.#passenger = undefined
    if (isFree) {
      if (this.#socket?.isPaused()) this.#socket.resume()
      this.#owner.freed(this)
    } else this.destroy()
    passenger?.onEnd()
  }
}

const isAscii = (text: string): boolean => !/[^\0-\u007f]/.test(text)
