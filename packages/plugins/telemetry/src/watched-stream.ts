import { type Context, context } from '@opentelemetry/api'

/** What is told of a stream, from its first step to its end. No function may throw. */
export interface StreamWatch<T> {
  /** What the stream does is done inside of it. */
  readonly context: Context
  saw(event: T): void
  fail(error: unknown): void
  /** Called last: the stream was read to its end, or left; not after a failure. */
  end(how: 'left' | 'read'): void
}

/**
 * A stream whose work is done inside a context, so that whatever it starts is a child of the context's span, and that is
 * watched. Each step is entered by itself, since a generator runs in the context of whoever asks for its next value, not
 * of its maker. A hand-made iterator: with generators, watching costs nearly twice as much.
 */
export class WatchedStream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #begin: () => { readonly watch: StreamWatch<T>; readonly stream: () => AsyncIterable<T> }
  #watch: StreamWatch<T> | undefined
  #inner: AsyncIterator<T> | undefined
  #over = false

  /** `begin` is called at the first step. */
  constructor(begin: () => { readonly watch: StreamWatch<T>; readonly stream: () => AsyncIterable<T> }) {
    this.#begin = begin
  }
  [Symbol.asyncIterator](): this {
    return this
  }
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#over) return Promise.resolve({ done: true, value: undefined })
    return this.#step().then(this.#seen, this.#failed)
  }
  async return(): Promise<IteratorResult<T, undefined>> {
    const inner = this.#inner
    const isLeft = !this.#over
    this.#over = true
    try {
      if (inner && this.#watch) await context.with(this.#watch.context, () => inner.return?.())
    } catch (error) {
      if (isLeft) this.#watch?.fail(error)
      throw error
    } finally {
      if (isLeft) this.#watch?.end('left')
    }
    return { done: true, value: undefined }
  }
  async #open(): Promise<IteratorResult<T>> {
    const { watch, stream } = this.#begin()
    this.#watch = watch
    return context.with(watch.context, () => (this.#inner = stream()[Symbol.asyncIterator]()).next())
  }
  #step(): Promise<IteratorResult<T>> {
    const inner = this.#inner
    return inner && this.#watch ? context.with(this.#watch.context, () => inner.next()) : this.#open()
  }
  readonly #seen = (result: IteratorResult<T>): IteratorResult<T, undefined> => {
    if (!result.done) {
      this.#watch?.saw(result.value)
      return result
    }
    this.#over = true
    this.#watch?.end('read')
    return { done: true, value: undefined }
  }
  readonly #failed = (error: unknown): never => {
    this.#over = true
    this.#watch?.fail(error)
    throw error
  }
}
