import { AshlarError } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import type { AgentMessage } from './agent-message.ts'
import { createQueue } from './queue.ts'

/** Deals with one message; what it gives is the answer to a request. */
export type Deal = (message: AgentMessage, signal: AbortSignal) => Promise<void>

interface Letter {
  readonly message: AgentMessage
  readonly signal: AbortSignal
  readonly done: PromiseWithResolvers<void>
}

export interface MailOptions {
  readonly clock: Clock
  readonly concurrency: number
}

const closed = (): AshlarError => new AshlarError('messenger-closed', 'The messenger was closed')

/** Messages that wait for an agent: the highest priority comes out first, among equals what came first. */
export class Mail {
  readonly #options: MailOptions
  readonly #queue = createQueue<Letter>()
  /** Those that wait or are dealt with, by id: a bus may bring the same one again. */
  readonly #open = new Map<string, Promise<void>>()
  #waiting = 0
  #expired = 0
  #readers: AbortController | undefined
  #isClosed = false
  constructor(options: MailOptions) {
    this.#options = options
  }
  get waiting(): number {
    return this.#waiting
  }
  get expired(): number {
    return this.#expired
  }
  /** Settles when the message was dealt with. */
  put(message: AgentMessage, signal: AbortSignal): Promise<void> {
    const key = `${message.from}\n${message.id}`
    const known = this.#open.get(key)
    if (known) return known
    if (this.#isClosed) return Promise.reject(closed())
    const done = Promise.withResolvers<void>()
    this.#waiting += 1
    this.#open.set(key, done.promise)
    const forget = (): void => void this.#open.delete(key)
    done.promise.then(forget, forget)
    this.#queue.push({ message, signal, done }, { priority: message.priority }).catch(done.reject)
    return done.promise
  }
  /** Deals with what is there and what comes, until it is stopped; what is under way then goes on. */
  read(deal: Deal): () => void {
    const readers = new AbortController()
    this.#readers = readers
    for (let reader = this.#options.concurrency; reader > 0; reader--) void this.#read(deal, readers.signal)
    return () => {
      readers.abort()
      if (this.#readers === readers) this.#readers = undefined
    }
  }
  /** Takes nothing more. Without a reader, what waits is given back to the bus. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#queue.close()
    if (this.#readers) return
    for await (const { done } of this.#queue) done.reject(closed())
  }
  async #read(deal: Deal, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Told to stop while it waited.
      const letter = await this.#queue.take(signal).catch(() => undefined)
      if (!letter) return
      this.#waiting -= 1
      const { message, done } = letter
      if (this.#isExpired(message)) {
        this.#expired += 1
        done.resolve()
      } else await deal(message, letter.signal).then(done.resolve, done.reject)
    }
  }
  #isExpired({ expiresAt }: AgentMessage): boolean {
    return expiresAt !== undefined && Date.parse(expiresAt) <= this.#options.clock.now()
  }
}
