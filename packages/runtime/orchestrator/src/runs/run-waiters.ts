import { AshlarError } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { isNamed } from '../is-named.ts'
import { onAbort } from '../on-abort.ts'

/** What waited for a run when `close` was called, and what is asked after it; the runs themselves go on elsewhere. */
export class RunsClosed extends AshlarError {
  override name = 'RunsClosed'
  constructor() {
    super('runs-closed', 'These runs were closed, and go on elsewhere: open them again')
  }
  static override isInstance(error: unknown): error is RunsClosed {
    return isNamed(error, 'RunsClosed')
  }
}

/** How often a run that is done elsewhere is looked at, in milliseconds. */
const lookMs = 250

/** Runs that are looked at in a second at most, each for some 0.1 ms: who waits for many waits longer for each. */
const looksPerSecond = 2_000

/** Who waits for which run. */
export class RunWaiters {
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #closing: AbortSignal
  readonly #clock: Clock
  constructor(closing: AbortSignal, clock: Clock = systemClock) {
    this.#closing = closing
    this.#clock = clock
    // One listener for all: a signal looks through those that it has for each that comes.
    onAbort(closing, () => {
      for (const runId of this.#waiting.keys()) this.wake(runId)
    })
  }
  /** Somebody here is through with a run. */
  wake(runId: string): void {
    for (const wake of this.#waiting.get(runId) ?? []) wake()
  }
  /** Until a run should be looked at again. @throws RunsClosed, and the signal's reason */
  async wait(runId: string, signal: AbortSignal | undefined): Promise<void> {
    this.#mayWait(signal)
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const waiters = this.#waiting.get(runId) ?? new Set()
    this.#waiting.set(runId, waiters.add(wake))
    const timer = this.#clock.setTimeout(wake, this.#pause())
    const stay = onAbort(signal, wake)
    await promise
    stay()
    this.#clock.clearTimeout(timer)
    waiters.delete(wake)
    if (waiters.size === 0 && this.#waiting.get(runId) === waiters) this.#waiting.delete(runId)
    this.#mayWait(signal)
  }
  #mayWait(signal: AbortSignal | undefined): void {
    this.#closing.throwIfAborted()
    signal?.throwIfAborted()
  }
  /** Milliseconds until the next look, spread so that those who came together do not look together. */
  #pause(): number {
    return Math.max(lookMs, (this.#waiting.size / looksPerSecond) * 1_000) * (0.75 + Math.random() / 2)
  }
}
