import { ConnectionError } from './connection-error.ts'

/** A signal that is its own, so that nothing is left on a longer-lived one. */
export interface DeadlineSignal {
  readonly signal: AbortSignal
  abort(reason: unknown): void
  /** Takes the listener off the source and clears the timer. Call it when the work is over. */
  dispose(): void
}

/** setTimeout takes 32 bits; a later deadline needs no timer. */
export const longestTimer: number = 2 ** 31 - 1

/** A signal that aborts with `signal`, or with a `timeout` ConnectionError at `deadline` (milliseconds since the epoch). */
export const createDeadlineSignal = ({
  signal,
  deadline = Number.POSITIVE_INFINITY,
}: {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
}): DeadlineSignal => {
  const own = new AbortController()
  const abort = (reason: unknown): void => own.abort(reason)
  const onAbort = (): void => abort(signal?.reason)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort)
  const onLate = (): void => abort(new ConnectionError('the deadline passed', { code: 'timeout' }))
  const left = Math.max(0, deadline - Date.now())
  const timer = left <= longestTimer ? setTimeout(onLate, left) : undefined
  return {
    signal: own.signal,
    abort,
    dispose: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}
