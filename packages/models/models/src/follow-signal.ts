/** An abort controller that follows another signal until it is let go. */
export interface FollowedSignal {
  readonly controller: AbortController
  /** Takes the listener off the other signal. */
  readonly release: () => void
}

/** Follows the signal without `AbortSignal.any`, whose dependants outlive their use. */
export const followSignal = (signal: AbortSignal | undefined): FollowedSignal => {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })
  return { controller, release: () => signal?.removeEventListener('abort', abort) }
}
