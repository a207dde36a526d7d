/** Events pushed by work that runs side by side, pulled by one consumer. */
export interface EventQueue<T> {
  /** Ignored after `end`. */
  readonly push: (event: T) => void
  /** No more events; with an error, what is queued is dropped and the consumer gets it. The first call counts. */
  readonly end: (failure?: { readonly error: unknown }) => void
  /** The next event, now or when it is pushed; `undefined` at the end. */
  readonly next: () => T | undefined | Promise<T | undefined>
}

/** Makes an empty queue. */
export const createEventQueue = <T>(): EventQueue<T> => {
  const events: T[] = []
  let ended = false
  let failed: { readonly error: unknown } | undefined
  let wake: (() => void) | undefined
  const nudge = (): void => {
    wake?.()
    wake = undefined
  }
  const pushed = async (): Promise<T | undefined> => {
    await new Promise<void>((resolve) => (wake = resolve))
    return next()
  }
  const next = (): T | undefined | Promise<T | undefined> => {
    if (failed) throw failed.error
    if (events.length > 0 || ended) return events.shift()
    return pushed()
  }
  return {
    push: (event) => {
      if (ended) return
      events.push(event)
      nudge()
    },
    end: (failure) => {
      if (ended) return
      ended = true
      failed = failure
      nudge()
    },
    next,
  }
}
