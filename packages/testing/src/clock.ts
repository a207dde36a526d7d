/** Time as a dependency: pass `fakeClock()` in tests, `systemClock` elsewhere. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after that many milliseconds; returns what `clearTimeout` takes. */
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
}

export interface WaitOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Milliseconds since the epoch; waiting past it throws what `onDeadline` returns. */
  readonly deadline?: number | undefined
  readonly onDeadline?: () => Error
}

/** Waits, unless the signal or the deadline comes first. Leaves no listener and no timer behind. */
export const wait = async (milliseconds: number, options: WaitOptions): Promise<void> => {
  const { clock, signal, deadline } = options
  const { onDeadline = () => new Error('The deadline passed') } = options
  signal?.throwIfAborted()
  const left = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - clock.now()
  if (left <= 0) throw onDeadline()
  if (milliseconds <= 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const wake = (): void => resolve()
  const timer = clock.setTimeout(wake, Math.min(milliseconds, left))
  signal?.addEventListener('abort', wake, { once: true })
  try {
    await promise
  } finally {
    clock.clearTimeout(timer)
    signal?.removeEventListener('abort', wake)
  }
  signal?.throwIfAborted()
  if (left < milliseconds) throw onDeadline()
}
