/** A signal that aborts with the caller's, or when the time is up. */
export interface Deadline {
  readonly signal: AbortSignal
  /** The time is up. */
  readonly isExpired: boolean
  /** Frees timer and listener. */
  end(): void
}

/** Longest delay a timer takes; more is no limit. */
const longestDelay = 2 ** 31 - 1

/** Unlike `AbortSignal.any`, leaves nothing behind on the caller's signal once it has ended. */
export const createDeadline = (ms: number, outer: AbortSignal | undefined): Deadline => {
  const controller = new AbortController()
  let isExpired = false
  const follow = (): void => controller.abort(outer?.reason)
  const timer =
    ms > longestDelay
      ? undefined
      : setTimeout(() => {
          isExpired = true
          controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'))
        }, ms)
  if (outer?.aborted) follow()
  else outer?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    get isExpired() {
      return isExpired
    },
    end: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', follow)
    },
  }
}
