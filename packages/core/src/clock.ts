/** Time as a dependency, so that tests need not wait; `fakeClock` of `@ashlar/testing` is one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after that many milliseconds; returns what `clearTimeout` takes. */
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

/** Milliseconds: the longest `setTimeout`, which takes 32 bits; anything longer would fire at once. */
export const longestTimer: number = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, Math.min(milliseconds, longestTimer)),
  clearTimeout: (timer) => clearTimeout(timer as number),
}

export interface WaitOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/** Waits, or throws the signal's reason as soon as it aborts. Leaves no listener and no timer behind. */
export const wait = async (milliseconds: number, options: WaitOptions): Promise<void> => {
  const { clock, signal } = options
  signal?.throwIfAborted()
  if (milliseconds <= 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const wake = (): void => resolve()
  const timer = clock.setTimeout(wake, milliseconds)
  signal?.addEventListener('abort', wake, { once: true })
  try {
    await promise
  } finally {
    clock.clearTimeout(timer)
    signal?.removeEventListener('abort', wake)
  }
  signal?.throwIfAborted()
}
