/** Events pushed by work that runs side by side, pulled by one consumer. */
export interface EventQueue<T> {
  /** Ignored after `end`. */
  readonly push: (event: T) => void
  /** No more events; with an error, what is queued is dropped and `drain` throws it. The first call counts. */
  readonly end: (failure?: { readonly error: unknown }) => void
  readonly drain: () => AsyncGenerator<T, void>
}

/** Makes an empty queue. */
export const createEventQueue = <T>(): EventQueue<T> => {
  let events: T[] = []
  let ended = false
  let failed: { readonly error: unknown } | undefined
  let wake = (): void => {}
  return {
    push: (event) => {
      if (ended) return
      events.push(event)
      wake()
    },
    end: (failure) => {
      if (ended) return
      ended = true
      failed = failure
      wake()
    },
    async *drain() {
      for (;;) {
        const batch = events
        events = []
        for (const event of batch) {
          if (failed) break
          yield event
        }
        if (failed) throw failed.error
        if (events.length > 0) continue
        if (ended) return
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
