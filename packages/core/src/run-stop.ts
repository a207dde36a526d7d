/**
 * Ends the work of a run, or of one tool call. What an `AbortController` does, at a fraction of the cost: the
 * signal itself is made only when somebody asks for it.
 */
export interface RunStop {
  readonly aborted: boolean
  readonly reason: unknown
  readonly throwIfAborted: () => void
  readonly signal: AbortSignal
  /** Calls back once when stopped, at once if it already is; returns how to take that back. */
  readonly on: (listener: () => void) => () => void
  /** The first reason counts. */
  readonly abort: (reason: unknown) => void
  /** A stop of its own, that stops with this one. */
  readonly fork: () => RunStop
  /** Lets go of what it follows. */
  readonly release: () => void
}

class FollowingStop implements RunStop {
  readonly #follows: readonly AbortSignal[]
  readonly #follow: () => void
  #listeners: Set<() => void> | undefined
  #stopped: { readonly reason: unknown } | undefined
  #controller: AbortController | undefined
  #leave: (() => void) | undefined
  constructor(follows: readonly AbortSignal[]) {
    this.#follows = follows
    this.#follow = () => this.abort(follows.find(({ aborted }) => aborted)?.reason)
    for (const signal of follows) {
      if (signal.aborted) this.#follow()
      signal.addEventListener('abort', this.#follow, { once: true })
    }
  }
  get aborted(): boolean {
    return this.#stopped !== undefined
  }
  get reason(): unknown {
    return this.#stopped?.reason
  }
  throwIfAborted(): void {
    if (this.#stopped) throw this.#stopped.reason
  }
  get signal(): AbortSignal {
    const controller = (this.#controller ??= new AbortController())
    if (this.#stopped) controller.abort(this.#stopped.reason)
    return controller.signal
  }
  on(listener: () => void): () => void {
    if (this.#stopped) {
      listener()
      return () => {}
    }
    const listeners = (this.#listeners ??= new Set())
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  abort(reason: unknown): void {
    if (this.#stopped) return
    this.#stopped = { reason }
    this.#controller?.abort(reason)
    const listeners = this.#listeners ?? []
    this.#listeners = undefined
    for (const listener of listeners) listener()
  }
  fork(): RunStop {
    const fork = new FollowingStop([])
    fork.#leave = this.on(() => fork.abort(this.reason))
    return fork
  }
  release(): void {
    this.#leave?.()
    for (const signal of this.#follows) signal.removeEventListener('abort', this.#follow)
  }
}

/** Starts unstopped and follows the signals until released. `AbortSignal.any` would keep its dependants alive. */
export const createRunStop = (follows: readonly AbortSignal[]): RunStop => new FollowingStop(follows)
