/**
 * Ends the work of a run, or of one tool call. What an `AbortController` does, at a fraction of the cost: the
 * signal itself is made only when somebody asks for it.
 */
export interface RunStop {
  readonly aborted: boolean
  readonly reason: unknown
  readonly signal: AbortSignal
  /** Calls back once when stopped, at once if it already is; returns how to take that back. */
  readonly on: (listener: () => void) => () => void
  /** The first reason counts. */
  readonly abort: (reason: unknown) => void
  /** Lets go of the signals it follows. */
  readonly release: () => void
}

/** Starts unstopped and follows the signals until released. `AbortSignal.any` would keep its dependants alive. */
export const createRunStop = (follows: readonly AbortSignal[]): RunStop => {
  const listeners = new Set<() => void>()
  let stopped: { readonly reason: unknown } | undefined
  let controller: AbortController | undefined
  const abort = (reason: unknown): void => {
    if (stopped) return
    stopped = { reason }
    controller?.abort(reason)
    for (const listener of listeners) listener()
    listeners.clear()
  }
  const follow = (): void => abort(follows.find(({ aborted }) => aborted)?.reason)
  for (const signal of follows) {
    if (signal.aborted) follow()
    signal.addEventListener('abort', follow, { once: true })
  }
  return {
    get aborted() {
      return stopped !== undefined
    },
    get reason() {
      return stopped?.reason
    },
    get signal() {
      controller ??= new AbortController()
      if (stopped && !controller.signal.aborted) controller.abort(stopped.reason)
      return controller.signal
    },
    on: (listener) => {
      if (stopped) listener()
      else listeners.add(listener)
      return () => listeners.delete(listener)
    },
    abort,
    release: () => {
      for (const signal of follows) signal.removeEventListener('abort', follow)
    },
  }
}
