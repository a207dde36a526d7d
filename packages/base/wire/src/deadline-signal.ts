import { ConnectionError } from './connection-error.ts'

/** A signal that is its own, so that nothing is left on a longer-lived one. */
export interface DeadlineSignal {
  readonly signal: AbortSignal
  abort(reason: unknown): void
  /** Takes the listener off the source and clears the timer. Call it when the work is over. */
  dispose(): void
}

/** setTimeout takes 32 bits; a later deadline needs no timer. */
const longestTimer = 2 ** 31 - 1

/** A signal that aborts with `signal`, or with a `timeout` ConnectionError at `deadline` (milliseconds since the epoch). */
export const createDeadlineSignal = (options: {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
}): DeadlineSignal => {
  const { signal, deadline } = options
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal?.reason)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort)
  const left = deadline === undefined ? Number.POSITIVE_INFINITY : Math.max(0, deadline - Date.now())
  const late = (): void =>
    controller.abort(
      new ConnectionError('the deadline passed', { code: 'timeout', phase: 'body', sent: true }),
    )
  const timer = left <= longestTimer ? setTimeout(late, left) : undefined
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}
