import { AshlarError } from '@ashlar/core'
import { systemClock, wait } from '@ashlar/core/clock'
import { isNamed } from '../is-named.ts'

/** What waited for a run when `close` was called; the run itself goes on elsewhere. */
export class RunsClosed extends AshlarError {
  override name = 'RunsClosed'
  constructor() {
    super('runs-closed', 'These runs were closed: open them again to wait for what they come to')
  }
  static override isInstance(error: unknown): error is RunsClosed {
    return isNamed(error, 'RunsClosed')
  }
}

/** How often a run that is done elsewhere is looked at, in milliseconds. */
const lookMs = 250

/** Who waits for which run. */
export class RunWaiters {
  readonly #waiting = new Map<string, Set<AbortController>>()
  readonly #closing: AbortSignal
  constructor(closing: AbortSignal) {
    this.#closing = closing
  }
  /** Somebody here is through with a run. */
  wake(runId: string): void {
    for (const waiter of this.#waiting.get(runId) ?? []) waiter.abort()
  }
  /** Until a run should be looked at again. @throws RunsClosed, and the signal's reason */
  async wait(runId: string, signal: AbortSignal | undefined): Promise<void> {
    const waiter = new AbortController()
    const waiters = this.#waiting.get(runId) ?? new Set()
    this.#waiting.set(runId, waiters.add(waiter))
    const wake = (): void => waiter.abort()
    const sources = [this.#closing, ...(signal ? [signal] : [])]
    for (const source of sources) source.addEventListener('abort', wake, { once: true })
    try {
      for (const source of sources) source.throwIfAborted()
      await wait(lookMs, { clock: systemClock, signal: waiter.signal }).catch(() => {})
      for (const source of sources) source.throwIfAborted()
    } finally {
      for (const source of sources) source.removeEventListener('abort', wake)
      waiters.delete(waiter)
      if (waiters.size === 0) this.#waiting.delete(runId)
    }
  }
}
