import { type Clock, systemClock, wait } from '@ashlar/core/clock'
import { type AlertSink, type BudgetAlert, readAlert, storeAlert } from './alert.ts'
import type { Ledger } from './ledger.ts'
import { type Notice, told } from './outbox.ts'

export interface DeliveryOptions {
  readonly ledger: Ledger
  readonly sinks: readonly AlertSink[]
  readonly onError: (error: unknown) => void
  readonly clock: Clock
  /** How long a notice is held, in milliseconds: a process that was killed is followed by another after that time. */
  readonly leaseMs: number
}

/** Brings alerts to their sinks: once when all goes well, at least once when a sink fails or a process dies. */
export interface Delivery {
  /** Writes an alert down for every sink; they are told in the background. */
  post(name: string, alert: BudgetAlert): Promise<void>
  /** Tells what others have left behind. Never throws. */
  resume(): Promise<void>
  /**
   * Waits until everything was told, or has failed once more, or the time is up. What is left is told by the next that
   * opens the ledger.
   */
  flush(timeoutMs?: number): Promise<void>
}

/** How long a sink may take, in milliseconds. */
const sinkMs = 60_000
/** Between the tries of a sink that fails, in milliseconds. */
const firstPauseMs = 1000
const longestPauseMs = 60_000
/** What `flush` waits for unless told, and a process that ends by itself, in milliseconds. */
const flushMs = 10_000

const keyOf = ({ name, receiver }: Notice): string => JSON.stringify([name, receiver])

/** The sinks by what the ledger calls them; two that are called the same are told apart by their order. */
const receiversOf = (sinks: readonly AlertSink[]): ReadonlyMap<string, AlertSink> => {
  const named = new Map<string, AlertSink>()
  for (const [index, sink] of sinks.entries()) {
    const name = sink.receiver ?? `sink ${index + 1}`
    let unused = name
    for (let number = 2; named.has(unused); number++) unused = `${name} ${number}`
    named.set(unused, sink)
  }
  return named
}

/** A clock whose timers keep no process alive. */
const inBackground = (clock: Clock): Clock => ({
  now: () => clock.now(),
  setTimeout: (callback, milliseconds) => {
    const timer = clock.setTimeout(callback, milliseconds)
    if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
    return timer
  },
  clearTimeout: (timer) => clock.clearTimeout(timer),
})

class AlertDelivery implements Delivery {
  readonly #options: DeliveryOptions
  readonly #background: Clock
  readonly #sinks: ReadonlyMap<string, AlertSink>
  readonly #telling = new Map<string, Promise<void>>()
  /** Those whose sink failed, with what tries it again. */
  readonly #waiting = new Map<string, { readonly again: () => void; readonly timer: unknown }>()
  /** When something may be told that another holds, who may have died. */
  #later: { readonly at: number; readonly timer: unknown } | undefined
  #unhook: (() => void) | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#background = inBackground(options.clock)
    this.#sinks = receiversOf(options.sinks)
  }

  async post(name: string, alert: BudgetAlert): Promise<void> {
    const { ledger, clock, leaseMs } = this.#options
    const body = storeAlert(alert)
    const notices = [...this.#sinks.keys()].map((receiver) => ({ name, receiver, body }))
    for (const notice of await ledger.outbox.post(notices, clock.now() + leaseMs)) this.#start(notice, 0)
  }

  async resume(): Promise<void> {
    const { ledger, clock, leaseMs, onError } = this.#options
    const receivers = [...this.#sinks.keys()]
    clock.clearTimeout(this.#later?.timer)
    this.#later = undefined
    try {
      const now = clock.now()
      for (const notice of await ledger.outbox.take({ receivers, now, heldUntil: now + leaseMs }))
        this.#start(notice, 0)
      const free = await ledger.outbox.nextFree(receivers)
      if (free !== undefined) this.#lookAgain(free)
    } catch (error) {
      onError(error)
    }
    this.#hook()
  }

  async flush(timeoutMs: number = flushMs): Promise<void> {
    const { clock } = this.#options
    const done = new AbortController()
    const finish = async (): Promise<void> => {
      for (const { again } of this.#waiting.values()) again()
      await this.#idle()
      if (this.#later) await this.resume()
      const left = (this.#later?.at ?? Infinity) - clock.now()
      // Held for longer than that, it waits for its sink to work again.
      if (left > this.#options.leaseMs + 1) return
      await wait(left, { clock, signal: done.signal })
      await this.resume()
      await this.#idle()
    }
    const late = wait(timeoutMs, { clock, signal: done.signal })
    await Promise.race([finish(), late]).finally(() => done.abort())
    await late.catch(() => undefined)
  }

  async #idle(): Promise<void> {
    await Promise.all(this.#telling.values())
  }

  #lookAgain(at: number): void {
    const { clock } = this.#options
    clock.clearTimeout(this.#later?.timer)
    const timer = this.#background.setTimeout(() => void this.resume(), Math.max(at - clock.now(), 0) + 1)
    this.#later = { at: at + 1, timer }
  }

  #start(notice: Notice, failures: number): void {
    const key = keyOf(notice)
    if (this.#telling.has(key) || this.#waiting.has(key)) return
    const telling = this.#tell(notice, failures).finally(() => {
      if (this.#telling.get(key) === telling) this.#telling.delete(key)
      this.#hook()
    })
    this.#telling.set(key, telling)
    this.#hook()
  }

  async #tell(notice: Notice, failures: number): Promise<void> {
    const { ledger, leaseMs, onError } = this.#options
    const clock = this.#background
    const done = new AbortController()
    const { signal } = done
    const awake = this.#options.clock.setTimeout(() => undefined, flushMs)
    const holdOn = async (): Promise<void> => {
      for (;;) {
        await wait(leaseMs / 3, { clock, signal })
        await ledger.outbox.hold(notice, clock.now() + leaseMs)
      }
    }
    // What cannot be held any more may be told twice.
    const holding = holdOn().catch((error: unknown) => signal.aborted || onError(error))
    try {
      const late = wait(sinkMs, { clock, signal }).then(() => {
        throw new Error(`The sink of alerts '${notice.receiver}' took longer than ${sinkMs / 1000} s`)
      })
      const telling = async (): Promise<void> => this.#sinks.get(notice.receiver)?.(readAlert(notice.body))
      await Promise.race([telling(), late])
      done.abort()
      await Promise.all([holding, late.catch(() => undefined)])
      await ledger.outbox.hold(notice, told)
    } catch (error) {
      done.abort()
      onError(error)
      await holding
      await this.#tryLater(notice, failures + 1)
    } finally {
      clock.clearTimeout(awake)
    }
  }

  async #tryLater(notice: Notice, failures: number): Promise<void> {
    const { ledger, clock, leaseMs, onError } = this.#options
    const pause = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs)
    try {
      await ledger.outbox.hold(notice, clock.now() + pause + leaseMs)
    } catch (error) {
      onError(error)
    }
    const key = keyOf(notice)
    const again = (): void => {
      clock.clearTimeout(this.#waiting.get(key)?.timer)
      this.#waiting.delete(key)
      this.#telling.delete(key)
      this.#start(notice, failures)
    }
    this.#waiting.set(key, { again, timer: this.#background.setTimeout(again, pause) })
  }

  async #close(): Promise<void> {
    await this.flush()
    const { clock } = this.#options
    for (const { timer } of this.#waiting.values()) clock.clearTimeout(timer)
    this.#waiting.clear()
    clock.clearTimeout(this.#later?.timer)
    this.#later = undefined
    this.#hook()
  }

  /** The ledger waits with closing while there is something to tell. */
  #hook(): void {
    const isBusy = this.#telling.size > 0 || this.#waiting.size > 0 || this.#later !== undefined
    if (isBusy) this.#unhook ??= this.#options.ledger.beforeClose(() => this.#close())
    else {
      this.#unhook?.()
      this.#unhook = undefined
    }
  }
}

/** A clock that may only say what time it is; the machine's own wakes for it then. */
const wholeClock = (clock: Pick<Clock, 'now'> & Partial<Clock>): Clock => ({
  now: () => clock.now(),
  setTimeout: (callback, milliseconds) =>
    clock.setTimeout?.(callback, milliseconds) ?? systemClock.setTimeout(callback, milliseconds),
  clearTimeout: (timer) => {
    if (clock.clearTimeout) clock.clearTimeout(timer)
    else systemClock.clearTimeout(timer)
  },
})

export const createDelivery = (
  options: Omit<DeliveryOptions, 'clock'> & { readonly clock: Pick<Clock, 'now'> & Partial<Clock> },
): Delivery => new AlertDelivery({ ...options, clock: wholeClock(options.clock) })
