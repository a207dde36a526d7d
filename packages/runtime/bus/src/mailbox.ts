import { type Clock } from '@ashlar/core/clock'
import { BusError } from './bus-error.ts'

type Receive = (text: string) => Promise<void>

interface Member {
  readonly receive: Receive
  readonly concurrency: number
  readonly running: Set<Promise<void>>
  leaving: boolean
}

/** Events that wait for a subscription, or for the members of a group, in order; bounded. */
export class Mailbox {
  readonly #capacity: number
  #waiting: string[] = []
  #head = 0
  #abandoned = false
  readonly #members: Member[] = []
  /** Publishers that wait for room, in order. */
  readonly #blocked: (() => void)[] = []
  readonly #idle: (() => void)[] = []
  constructor(capacity: number) {
    this.#capacity = capacity
  }
  get members(): number {
    return this.#members.length
  }
  get idle(): boolean {
    return this.#size === 0 && this.#members.every(({ running }) => running.size === 0)
  }
  get #size(): number {
    return this.#waiting.length - this.#head
  }
  /** @throws BusError when there is no room before the deadline */
  async push(
    text: string,
    { clock, deadline }: { readonly clock: Clock; readonly deadline: number },
  ): Promise<void> {
    while (this.#size >= this.#capacity) {
      const left = deadline - clock.now()
      if (left <= 0)
        throw new BusError('overflow', `${this.#size} events wait already: a subscription is too slow`)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#blocked.push(resolve)
      const timer = clock.setTimeout(resolve, left)
      await promise
      clock.clearTimeout(timer)
      // Whoever gave up must not be woken in place of one that waits.
      const at = this.#blocked.indexOf(resolve)
      if (at >= 0) this.#blocked.splice(at, 1)
    }
    if (this.#abandoned) return
    this.#waiting.push(text)
    this.#pump()
  }
  /** Adds a member; the function returned takes it out and waits for what it does. */
  join(receive: Receive, concurrency: number): () => Promise<void> {
    const member: Member = { receive, concurrency, running: new Set(), leaving: false }
    this.#members.push(member)
    this.#pump()
    return async () => {
      member.leaving = true
      await Promise.all(member.running)
      const at = this.#members.indexOf(member)
      if (at >= 0) this.#members.splice(at, 1)
      if (this.#members.length > 0) return
      // Whoever joins later gets another box: nobody is left for what waits in this one.
      this.#abandoned = true
      this.#waiting = []
      this.#head = 0
      for (const resolve of [...this.#blocked.splice(0), ...this.#idle.splice(0)]) resolve()
    }
  }
  /** Resolves when nothing waits and nothing runs, or on abort. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.idle || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#idle.push(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
  }
  /** The member that has been given least, so that a group shares the work. */
  #next(): Member | undefined {
    let best: Member | undefined
    for (const member of this.#members) {
      if (member.leaving || member.running.size >= member.concurrency) continue
      if (!best || member.running.size < best.running.size) best = member
    }
    return best
  }
  #pump(): void {
    for (let member = this.#next(); member && this.#size > 0; member = this.#next())
      this.#give(this.#take(), member)
    if (!this.idle) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
  #take(): string {
    const text = this.#waiting[this.#head] ?? ''
    this.#head += 1
    if (this.#head > 1_000 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    this.#blocked.shift()?.()
    return text
  }
  #give(text: string, member: Member): void {
    const running = this.#run(text, member).finally(() => {
      member.running.delete(running)
      // The one that has just worked goes behind the others.
      const at = this.#members.indexOf(member)
      if (at >= 0) this.#members.push(...this.#members.splice(at, 1))
      this.#pump()
    })
    member.running.add(running)
  }
  async #run(text: string, { receive }: Member): Promise<void> {
    try {
      // After the publisher has its envelope: a handler never runs inside `publish`.
      await Promise.resolve()
      await receive(text)
    } catch {
      // The bus was closed between two deliveries.
    }
  }
}
