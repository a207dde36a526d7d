import type { Clock } from '@ashlar/core/clock'

/** How often each task was tried, and those that wait for their next try. */
export class Tries {
  readonly #clock: Clock
  readonly #made = new Map<number, number>()
  readonly #timers = new Map<number, unknown>()
  constructor(clock: Clock) {
    this.#clock = clock
  }
  /** Whether a task waits for its next try. */
  get areAwaited(): boolean {
    return this.#timers.size > 0
  }
  /** Counts a try. @returns how many there are with it */
  begin(task: number): number {
    const made = this.made(task) + 1
    this.#made.set(task, made)
    return made
  }
  made(task: number): number {
    return this.#made.get(task) ?? 0
  }
  again(task: number, delayMs: number, begin: () => void): void {
    const due = (): void => {
      this.#timers.delete(task)
      begin()
    }
    this.#timers.set(task, this.#clock.setTimeout(due, delayMs))
  }
  /** The task is not tried again. */
  drop(task: number): void {
    this.#clock.clearTimeout(this.#timers.get(task))
    this.#timers.delete(task)
  }
  dropAll(): void {
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }
  /** The task has ended. */
  end(task: number): void {
    this.drop(task)
    this.#made.delete(task)
  }
}
