import type { FinishEvent, LanguageModel, ModelEvent, ModelRequest } from '@ashlar/core'

/** How a stream ended: with its last event, with an error, or because its reader left. */
export type StreamEnd =
  | { readonly type: 'finish'; readonly finish: FinishEvent }
  | { readonly type: 'error'; readonly error: unknown }
  | { readonly type: 'left' }

/** Looks on without standing in the way. Neither function may throw. */
export interface StreamWatcher {
  /** Called with every event. */
  event?(event: ModelEvent): void
  /** Called once; the stream is not done before the promise it returns is. */
  end?(end: StreamEnd): void | Promise<void>
}

/** A stream whose first event has arrived, so that nothing can be tried again unseen. */
export interface OpenedStream {
  readonly first: IteratorResult<ModelEvent, undefined>
  readonly rest: EventIterator
}

export type EventIterator = AsyncIterator<ModelEvent, undefined>
type EventResult = IteratorResult<ModelEvent, undefined>

const done: EventResult = { done: true, value: undefined }

const over = (iterator: EventIterator): Promise<EventResult> => iterator.return?.() ?? Promise.resolve(done)

/** One for all the watchers of a stream, so that its cost does not grow with the layers around a model. */
class WatchedStream implements EventIterator {
  readonly #inner: EventIterator
  #watchers: StreamWatcher[]
  #settled: Promise<unknown> | undefined

  constructor(inner: EventIterator, watcher: StreamWatcher) {
    this.#inner = inner
    this.#watchers = [watcher]
  }
  add(watcher: StreamWatcher): void {
    this.#watchers.push(watcher)
  }
  next(): Promise<EventResult> {
    if (this.#watchers.length > 0) return this.#inner.next().then(this.#seen, this.#failed)
    return this.#settled ? this.#settled.then(() => this.#inner.next()) : this.#inner.next()
  }
  async return(): Promise<EventResult> {
    this.#end({ type: 'left' })
    const result = await over(this.#inner)
    await this.#settled
    return result
  }
  readonly #seen = (result: EventResult): EventResult => {
    if (result.done) this.#end({ type: 'left' })
    else {
      for (const watcher of this.#watchers) watcher.event?.(result.value)
      if (result.value.type === 'finish') this.#end({ type: 'finish', finish: result.value })
    }
    return result
  }
  readonly #failed = async (error: unknown): Promise<never> => {
    this.#end({ type: 'error', error })
    await this.#settled
    throw error
  }
  #end(end: StreamEnd): void {
    const watchers = this.#watchers
    this.#watchers = []
    const waiting = watchers.map((watcher) => watcher.end?.(end)).filter((ended) => ended !== undefined)
    if (waiting.length > 0) this.#settled = Promise.all(waiting)
  }
}

/** Opens at the first `next`; from then on it is its inner stream. */
class LazyStream implements AsyncIterableIterator<ModelEvent, undefined> {
  #open: (() => Promise<OpenedStream>) | undefined
  #opening: Promise<OpenedStream> | undefined
  /** What comes after the first event, once that is there. */
  rest: EventIterator | undefined

  constructor(open: () => Promise<OpenedStream>) {
    this.#open = open
  }
  [Symbol.asyncIterator](): this {
    return this
  }
  next(): Promise<EventResult> {
    if (this.rest) return this.rest.next()
    if (this.#opening)
      return this.#opening.then(
        () => this.next(),
        () => done,
      )
    if (!this.#open) return Promise.resolve(done)
    this.#opening = this.#open()
    return this.#opening.then(({ first, rest }) => {
      this.rest = rest
      return first
    })
  }
  async return(): Promise<EventResult> {
    this.#open = undefined
    const opened = await this.#opening?.catch(() => undefined)
    return opened ? over(opened.rest) : done
  }
}

const innermost = (iterator: EventIterator): EventIterator => {
  let inner = iterator
  while (inner instanceof LazyStream && inner.rest) inner = inner.rest
  return inner
}

const watch = (iterator: EventIterator, watcher: StreamWatcher): EventIterator => {
  if (!(iterator instanceof WatchedStream)) return new WatchedStream(iterator, watcher)
  iterator.add(watcher)
  return iterator
}

/** A stream of a model that does nothing until it is read, and then costs no more than the stream `open` finds. */
export const lazyStream = (open: () => Promise<OpenedStream>): AsyncIterable<ModelEvent> =>
  new LazyStream(open)

/** Reads up to the first event. @throws what the model throws before it, after the watcher was told */
export const startStream = async (
  model: LanguageModel,
  request: ModelRequest,
  watcher?: StreamWatcher,
): Promise<OpenedStream> => {
  let iterator: EventIterator
  let first: EventResult
  try {
    iterator = model.stream(request)[Symbol.asyncIterator]()
    first = await iterator.next()
  } catch (error) {
    await watcher?.end?.({ type: 'error', error })
    throw error
  }
  const rest = innermost(iterator)
  if (!watcher) return { first, rest }
  if (first.done) {
    await watcher.end?.({ type: 'left' })
    return { first, rest }
  }
  watcher.event?.(first.value)
  if (first.value.type !== 'finish') return { first, rest: watch(rest, watcher) }
  await watcher.end?.({ type: 'finish', finish: first.value })
  return { first, rest }
}

/** Changes the last event or the error of an opened stream. */
export const amendStream = (
  { first, rest }: OpenedStream,
  amend: {
    readonly finish?: (finish: FinishEvent) => FinishEvent
    readonly error?: (error: unknown) => unknown
  },
): OpenedStream => {
  const seen = (result: EventResult): EventResult =>
    !result.done && result.value.type === 'finish' && amend.finish
      ? { done: false, value: amend.finish(result.value) }
      : result
  const failed = (error: unknown): never => {
    throw amend.error ? amend.error(error) : error
  }
  return {
    first: seen(first),
    rest: { next: () => rest.next().then(seen, failed), return: () => over(rest) },
  }
}
