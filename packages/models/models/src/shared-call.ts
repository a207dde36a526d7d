import { type LanguageModel, ModelError, type ModelEvent, type ModelRequest } from '@ashlar/core'
import { type Clock, longestTimer } from '@ashlar/core/clock'
import type { EventIterator } from './model-stream.ts'
import { createPartialAnswer } from './partial-answer.ts'

export interface SharedCallOptions {
  /** The request the call is made for. */
  readonly request: ModelRequest
  readonly clock: Clock
  /** Told, once or more, that nobody is to join any more. */
  readonly onOver: () => void
}

/** One upstream call with any number of readers. */
export interface SharedCall {
  join(request: ModelRequest, options: { readonly isFirst: boolean }): EventIterator
}

type EventResult = IteratorResult<ModelEvent, undefined>

const done: EventResult = { done: true, value: undefined }

/** The call, read once for all. */
interface Source {
  readonly events: readonly ModelEvent[]
  readonly state: { isDone: boolean; failure?: { readonly error: unknown } }
  /** Calls back once when there is another event, or the end. */
  readMore(onMore: () => void): void
  abort(): Promise<void>
}

const createSource = (model: LanguageModel, { request, onOver }: SharedCallOptions): Source => {
  const controller = new AbortController()
  // A reader's deadline is its own, or the first would end the call of the others.
  const { deadline: _, ...lasting } = request
  const stream = model.stream({ ...lasting, signal: controller.signal })
  const iterator: EventIterator = stream[Symbol.asyncIterator]()
  const events: ModelEvent[] = []
  const state: Source['state'] = { isDone: false }
  let waiting: (() => void)[] = []
  let woken: (() => void)[] = []
  let isReading = false
  // Called rather than awaited, in two lists that take turns: nothing is made for an event.
  const wake = (): void => {
    const calling = waiting
    waiting = woken
    woken = calling
    isReading = false
    for (const onMore of calling) onMore()
    calling.length = 0
  }
  const end = (): void => {
    state.isDone = true
    onOver()
    wake()
  }
  const seen = (result: EventResult): void => {
    if (result.done) return end()
    events.push(result.value)
    if (result.value.type === 'finish') onOver()
    wake()
  }
  const failed = (error: unknown): void => {
    state.failure = { error }
    end()
  }
  return {
    events,
    state,
    // Whoever is fastest sets the pace.
    readMore(onMore) {
      waiting.push(onMore)
      if (isReading) return
      isReading = true
      void iterator.next().then(seen, failed)
    },
    async abort() {
      onOver()
      controller.abort(new DOMException('nobody reads the answer any more', 'AbortError'))
      // What it throws now has no reader.
      await iterator.return?.().catch(() => undefined)
    },
  }
}

const lateError = ({ provider, modelId }: LanguageModel, seen: readonly ModelEvent[]): ModelError => {
  const answer = createPartialAnswer()
  for (const event of seen) answer.event(event)
  const partial = answer.all()
  const facts = { kind: 'timeout', provider, modelId, ...(partial.length > 0 && { partial }) } as const
  return new ModelError(`${provider}/${modelId}: the deadline passed`, facts)
}

/** Calls back when the signal aborts or the deadline passes, until it is released. */
const onInterrupt = (
  { signal, deadline = Infinity }: ModelRequest,
  { clock, interrupt }: { readonly clock: Clock; readonly interrupt: () => void },
): { readonly isLate: () => boolean; readonly release: () => void } => {
  const left = deadline - clock.now()
  let isLate = left <= 0
  const timer =
    left < longestTimer
      ? clock.setTimeout(() => {
          // Timers and the time of day are two clocks: it may fire a millisecond before the deadline.
          isLate = true
          interrupt()
        }, left)
      : undefined
  signal?.addEventListener('abort', interrupt)
  return {
    isLate: () => isLate,
    release: () => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    },
  }
}

/** A reader without an `async` function of its own: it costs one promise an event. */
const createReader = (
  take: () => EventResult | undefined,
  {
    readMore,
    leave,
  }: { readonly readMore: (onMore: () => void) => void; readonly leave: () => Promise<EventResult> },
) => {
  let waiting: Promise<EventResult> | undefined
  let resolve: ((result: EventResult) => void) | undefined
  let reject: ((error: unknown) => void) | undefined
  const hold = (onResult: (result: EventResult) => void, onError: (error: unknown) => void): void => {
    resolve = onResult
    reject = onError
  }
  const settle = (): void => {
    if (!waiting) return
    try {
      const result = take()
      if (!result) return readMore(settle)
      waiting = undefined
      resolve?.(result)
    } catch (error) {
      waiting = undefined
      const fail = reject
      void leave().then(() => fail?.(error))
    }
  }
  const read = (): Promise<EventResult> => {
    if (waiting) return waiting.then(read)
    const promise = (waiting = new Promise(hold))
    settle()
    return promise
  }
  return { next: read, settle }
}

/** Starts nothing before the first reader reads. */
export const createSharedCall = (model: LanguageModel, options: SharedCallOptions): SharedCall => {
  const { clock } = options
  const source = createSource(model, options)
  let readers = 0

  const join: SharedCall['join'] = (request, { isFirst }) => {
    const { signal } = request
    let index = 0
    let hasLeft = false
    readers++

    const leave = async (): Promise<EventResult> => {
      if (hasLeft) return done
      hasLeft = true
      release()
      if (--readers === 0 && !source.state.isDone) await source.abort()
      return done
    }
    /** The next event, or undefined where it has not come yet. */
    const take = (): EventResult | undefined => {
      if (hasLeft) return done
      if (signal?.aborted) throw signal.reason
      if (isLate()) throw lateError(model, source.events.slice(0, index))
      const event = source.events[index]
      if (event) {
        index++
        const isReplay = event.type === 'finish' && !isFirst
        return { done: false, value: isReplay ? { ...event, replayed: true } : event }
      }
      if (source.state.failure) throw source.state.failure.error
      if (!source.state.isDone) return undefined
      void leave()
      return done
    }
    const { next, settle } = createReader(take, { readMore: source.readMore, leave })
    const { isLate, release } = onInterrupt(request, { clock, interrupt: settle })
    return { next, return: leave }
  }
  return { join }
}
