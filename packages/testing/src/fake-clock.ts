import { InvalidArgument } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Timers that have not fired. */
  readonly pending: number
  /**
   * Moves time on. Timers due fire in order of their time, and between two of them everything that awaits
   * gets its turn, so that timers set on the way fire as well.
   */
  advance(milliseconds: number): Promise<void>
}

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** Lets promises that are ready, and those they make ready, run. A macrotask empties the microtask queue. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * A fake clock. Starts at `start`, milliseconds since the epoch.
 *
 * @default start 2025-01-01T00:00:00Z
 */
export const fakeClock = (start: number = Date.UTC(2025, 0, 1)): FakeClock => {
  const timers = new Set<Timer>()
  let now = start
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) if (timer.due <= until && (!first || timer.due < first.due)) first = timer
    return first
  }
  return {
    now: () => now,
    get pending() {
      return timers.size
    },
    setTimeout(callback, milliseconds) {
      const timer = { due: now + Math.max(0, milliseconds), callback }
      timers.add(timer)
      return timer
    },
    clearTimeout(timer) {
      for (const known of timers) if (known === timer) timers.delete(known)
    },
    async advance(milliseconds) {
      if (!(milliseconds >= 0)) throw new InvalidArgument('milliseconds', '0 or more', milliseconds)
      const end = now + milliseconds
      await settle()
      for (let timer = next(end); timer; timer = next(end)) {
        timers.delete(timer)
        now = timer.due
        timer.callback()
        await settle()
      }
      now = end
    },
  }
}
