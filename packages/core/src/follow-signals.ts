/** An abort controller that follows other signals until it is let go. */
export interface Follower {
  readonly controller: AbortController
  /** Takes the listeners off the other signals. */
  readonly release: () => void
}

/** Follows the signals without `AbortSignal.any`, whose dependants outlive their use. */
export const followSignals = (signals: readonly (AbortSignal | undefined)[]): Follower => {
  const controller = new AbortController()
  const sources = signals.filter((signal) => signal !== undefined)
  const abort = (): void => controller.abort(sources.find(({ aborted }) => aborted)?.reason)
  for (const signal of sources) signal.addEventListener('abort', abort, { once: true })
  if (sources.some(({ aborted }) => aborted)) abort()
  const release = (): void => {
    for (const signal of sources) signal.removeEventListener('abort', abort)
  }
  return { controller, release }
}
