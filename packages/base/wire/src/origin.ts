import { Connection, type ConnectionOwner, type Passenger } from './connection.ts'
import type { Dial, Endpoint } from './dial.ts'

export interface OriginOptions {
  readonly endpoint: Endpoint
  readonly dial: Dial
  /** Connections at a time. */
  readonly maxSockets: number
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number
}

/** The connections to one endpoint, and the requests that wait for one. */
export class Origin implements ConnectionOwner {
  readonly endpoint: Endpoint
  readonly dial: Dial
  readonly #options: OriginOptions
  #open = 0
  #closed = false
  /** The last one used is used next: it is the least likely to have been closed. */
  readonly #idle: Connection[] = []
  readonly #waiting = new Set<Passenger>()

  constructor(options: OriginOptions) {
    this.#options = options
    this.endpoint = options.endpoint
    this.dial = options.dial
  }

  /** Gives a request a connection, now or when one is free. */
  board(passenger: Passenger): void {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop())
      if (!idle.gone) return idle.carry(passenger)
    this.boardAfresh(passenger)
  }

  /** Gives a request that found its connection closed a fresh one: where one was, others may be. */
  boardAfresh(passenger: Passenger): void {
    if (this.#open < this.#options.maxSockets) this.#connect(passenger)
    else this.#waiting.add(passenger)
  }

  /** It no longer waits. */
  leave(passenger: Passenger): void {
    this.#waiting.delete(passenger)
  }

  /** Ends idle connections now, and every other when its answer is complete. */
  close(): void {
    this.#closed = true
    for (const idle of this.#idle.splice(0)) idle.destroy()
  }

  freed(connection: Connection): void {
    const next = this.#next()
    if (next) return connection.carry(next)
    if (this.#closed) return connection.destroy()
    this.#idle.push(connection)
    connection.rest(this.#options.keepAliveMs)
  }

  lost(connection: Connection): void {
    this.#open--
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const next = this.#next()
    if (next) this.#connect(next)
  }

  #connect(passenger: Passenger): void {
    this.#open++
    new Connection(this).carry(passenger)
  }

  #next(): Passenger | undefined {
    for (const passenger of this.#waiting) {
      this.#waiting.delete(passenger)
      return passenger
    }
    return undefined
  }
}
