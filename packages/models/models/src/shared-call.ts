import { type LanguageModel, ModelError, type ModelEvent, type ModelRequest } from '@ashlar/core'
import { type Clock, longestTimer } from './clock.ts'
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
  /** Resolves when there is another event, or the end. */
  readMore(): Promise<void>
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
  let pull: Promise<void> | undefined
  const end = (): void => {
    state.isDone = true
    onOver()
  }
  const seen = (result: EventResult): void => {
    pull = undefined
    if (result.done) return end()
    events.push(result.value)
    if (result.value.type === 'finish') onOver()
  }
  const failed = (error: unknown): void => {
    state.failure = { error }
    end()
  }
  return {
    events,
    state,
    // Whoever is fastest sets the pace.
    readMore: () => (pull ??= iterator.next().then(seen, failed)),
    async abort() {
      onOver()
      controller.abort(new DOMException('nobody reads the answer any more', 'AbortError'))
      // What it throws now has no reader.
      await iterator.return?.().catch(() => undefined)
    },
  }
}

/** Starts nothing before the first reader reads. */
export const createSharedCall = (model: LanguageModel, options: SharedCallOptions): SharedCall => {
  const { clock } = options
  const source = createSource(model, options)
  let readers = 0
  const late = (read: number): ModelError => {
    const { provider, modelId } = model
    const seen = createPartialAnswer()
    for (const event of source.events.slice(0, read)) seen.event(event)
    const partial = seen.all()
    const facts = { kind: 'timeout', provider, modelId, ...(partial.length > 0 && { partial }) } as const
    return new ModelError(`${provider}/${modelId}: the deadline passed`, facts)
  }

  const join: SharedCall['join'] = ({ signal, deadline = Infinity }, { isFirst }) => {
    let index = 0
    let hasLeft = false
    let wake: (() => void) | undefined
    const interrupt = (): void => wake?.()
    const left = Math.min(longestTimer, deadline - clock.now())
    const timer = deadline === Infinity ? undefined : clock.setTimeout(interrupt, left)
    signal?.addEventListener('abort', interrupt)
    readers++

    const leave = async (): Promise<void> => {
      if (hasLeft) return
      hasLeft = true
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
      if (--readers === 0 && !source.state.isDone) await source.abort()
    }
    const wait = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve
        void source.readMore().then(resolve)
      })
    const next = async (): Promise<EventResult> => {
      try {
        for (;;) {
          if (hasLeft) return done
          signal?.throwIfAborted()
          if (deadline <= clock.now()) throw late(index)
          const event = source.events[index]
          if (event) {
            index++
            const isReplay = event.type === 'finish' && !isFirst
            return { done: false, value: isReplay ? { ...event, replayed: true } : event }
          }
          if (source.state.failure) throw source.state.failure.error
          if (source.state.isDone) break
          await wait()
        }
      } catch (error) {
        await leave()
        throw error
      }
      await leave()
      return done
    }
    const leaveEarly = async (): Promise<EventResult> => {
      await leave()
      return done
    }
    return { next, return: leaveEarly }
  }
  return { join }
}
