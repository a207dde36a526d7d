import { type Clock, wait } from '@ashlar/core/clock'

export interface WaitUntilOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Milliseconds since the epoch; waiting past it throws what `onDeadline` returns. */
  readonly deadline?: number | undefined
  readonly onDeadline?: () => Error
}

/** Waits, unless the signal or the deadline comes first. Leaves no listener and no timer behind. */
export const waitUntil = async (milliseconds: number, options: WaitUntilOptions): Promise<void> => {
  const { clock, signal, deadline } = options
  const { onDeadline = () => new Error('The deadline passed') } = options
  signal?.throwIfAborted()
  const left = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - clock.now()
  if (left <= 0) throw onDeadline()
  await wait(Math.min(milliseconds, left), { clock, signal })
  if (left < milliseconds) throw onDeadline()
}
