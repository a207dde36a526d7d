import type { Clock } from '@ashlar/core/clock'

export interface AttemptOptions<Output> {
  readonly clock: Clock
  /** How long work that was told to stop may go on before nobody waits for it. In milliseconds. */
  readonly graceMs: number
  /** Told of what the work gave after all, when nobody waited for it any more. */
  readonly onLate?: (output: Output) => void
}

/** One try of a task, which can be told to stop. The signal is made when it is first looked at. */
export class Attempt<Output> {
  readonly #options: AttemptOptions<Output>
  #controller: AbortController | undefined
  #stopped: { readonly reason: unknown } | undefined
  #leave: ((reason: unknown) => void) | undefined
  #timers: unknown[] = []
  constructor(options: AttemptOptions<Output>) {
    this.#options = options
  }
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#stopped) this.#controller.abort(this.#stopped.reason)
    }
    return this.#controller.signal
  }
  /** Why it was told to stop, if it was. */
  get stopped(): { readonly reason: unknown } | undefined {
    return this.#stopped
  }
  /** Tells the work to stop; what it still does is waited for as long as `graceMs`. Only the first call counts. */
  stop(reason: unknown): void {
    if (this.#stopped) return
    this.#stopped = { reason }
    this.#after(this.#options.graceMs, () => this.#leave?.(reason))
    this.#controller?.abort(reason)
  }
  /** Does the work, which is told to stop with `onTimeout()` after `timeoutMs`. */
  async run(
    work: () => Output | Promise<Output>,
    { timeoutMs, onTimeout }: { readonly timeoutMs: number | undefined; readonly onTimeout: () => unknown },
  ): Promise<Output> {
    if (timeoutMs !== undefined) this.#after(timeoutMs, () => this.stop(onTimeout()))
    let isLeft = false
    try {
      return await new Promise<Output>((resolve, reject) => {
        this.#leave = (reason) => {
          isLeft = true
          reject(reason)
        }
        const end = (output: Output): void => (isLeft ? this.#options.onLate?.(output) : resolve(output))
        // In a microtask, and inside the promise: what `work` throws at once is a rejection too.
        Promise.resolve().then(work).then(end, reject)
      })
    } finally {
      for (const timer of this.#timers) this.#options.clock.clearTimeout(timer)
    }
  }
  #after(milliseconds: number, callback: () => void): void {
    this.#timers.push(this.#options.clock.setTimeout(callback, milliseconds))
  }
}
