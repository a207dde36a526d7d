/** Values as they come, for any number of readers, each from the first on. */
export class EventLog<T> implements AsyncIterable<T> {
  readonly #values: T[] = []
  readonly #waiting: (() => void)[] = []
  #end: { readonly error?: unknown } | undefined
  push(value: T): void {
    this.#values.push(value)
    this.#wake()
  }
  /** Readers end after the last value, with the error if there is one. */
  end(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end
    this.#wake()
  }
  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (let at = 0; ;) {
      while (at < this.#values.length) {
        const value = this.#values[at++]
        if (value !== undefined) yield value
      }
      if (this.#end && 'error' in this.#end) throw this.#end.error
      if (this.#end) return
      await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    }
  }
}
