import { ConnectionError, type ConnectionPhase } from './connection-error.ts'
import { longestTimer } from './deadline-signal.ts'

/** How long each phase may take, in milliseconds; `body` is the longest silence between two chunks. */
export type PhaseTimeouts = Readonly<Record<ConnectionPhase, number>>

export interface PhaseClockOptions {
  readonly timeouts: PhaseTimeouts
  /** Milliseconds since the epoch. */
  readonly deadline: number | undefined
  /** A reader that takes its time is not a server that hangs: false stops the clock of the body. */
  readonly isWaiting: () => boolean
  readonly onLate: (error: ConnectionError) => void
}

const waitedFor: Readonly<Record<ConnectionPhase, string>> = {
  connect: 'no connection',
  headers: 'no answer',
  body: 'no data',
}

/** The phase one exchange is in, and the clocks it runs against. */
export class PhaseClock {
  readonly #options: PhaseClockOptions
  #phase: ConnectionPhase = 'connect'
  #timer: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined

  constructor(options: PhaseClockOptions) {
    this.#options = options
    if (options.deadline === undefined) return
    const left = Math.max(0, options.deadline - Date.now())
    if (left <= longestTimer) this.#deadline = setTimeout(() => this.#late('the deadline passed'), left)
  }

  get phase(): ConnectionPhase {
    return this.#phase
  }

  /** Enters a phase, and starts its clock. */
  enter(phase: ConnectionPhase): void {
    this.#phase = phase
    this.#start(this.#options.timeouts[phase])
  }

  /** Enters a phase whose clock starts with the first `tick`. */
  hold(phase: ConnectionPhase): void {
    this.#phase = phase
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Starts the clock of the phase, again if it runs. */
  tick(): void {
    if (this.#timer) this.#timer.refresh()
    else this.#start(this.#options.timeouts[this.#phase])
  }

  /** A clock of its own for what is left; the phase's ends. */
  limit(ms: number, onEnd: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(onEnd, Math.min(ms, longestTimer))
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#deadline)
  }

  #start(ms: number): void {
    this.limit(ms, () => {
      if (this.#phase === 'body' && !this.#options.isWaiting()) this.#start(ms)
      else this.#late(`${waitedFor[this.#phase]} within ${ms} ms`)
    })
  }

  #late(message: string): void {
    const facts = { code: 'timeout', phase: this.#phase, sent: this.#phase !== 'connect' } as const
    this.#options.onLate(new ConnectionError(message, facts))
  }
}
