import {
  type FinishEvent,
  type LanguageModel,
  ModelError,
  type ModelErrorKind,
  type ModelEvent,
} from '@ashlar/core'
import { type Message, userText } from '@ashlar/core/message'
import type { Meter, ModelRequest } from '@ashlar/core/model'
import type { ModelErrorFacts } from '@ashlar/core/errors'
import type { Usage } from '@ashlar/core'

/** A request that says hello. */
export const hello: ModelRequest = { messages: [userText('hello')] }

/** A request that says this. */
export const says = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => {
  const messages: Message[] = [userText(text)]
  return { ...more, messages }
}

/** A failure of a model. */
export const failure = (kind: ModelErrorKind, facts: Partial<ModelErrorFacts> = {}): ModelError =>
  new ModelError(`${kind} upstream`, { kind, provider: 'scripted', modelId: 'scripted', ...facts })

/** What a reader of a stream saw. */
export interface Seen {
  readonly events: ModelEvent[]
  /** The deltas, joined. */
  text: string
  /** The text parts, joined. */
  parts: string
  finish: FinishEvent | undefined
  error: unknown
}

/** Reads to the end; an error is kept, not thrown. */
export const see = async (stream: AsyncIterable<ModelEvent>): Promise<Seen> => {
  const seen: Seen = { events: [], text: '', parts: '', finish: undefined, error: undefined }
  try {
    for await (const event of stream) {
      seen.events.push(event)
      if (event.type === 'text-delta') seen.text += event.text
      if (event.type === 'part' && event.part.type === 'text') seen.parts += event.part.text
      if (event.type === 'finish') seen.finish = event
    }
  } catch (error) {
    seen.error = error
  }
  return seen
}

/** The `ModelError` a stream ends with. */
export const modelErrorOf = async (stream: AsyncIterable<ModelEvent>): Promise<ModelError> => {
  const { error } = await see(stream)
  if (!ModelError.isInstance(error)) throw new Error(`expected a ModelError, got ${String(error)}`)
  return error
}

/** Counts calls, and what was billed for each. */
export interface CountedMeter extends Meter {
  readonly reserved: string[]
  readonly settled: (Usage | undefined)[]
}

export const countedMeter = (): CountedMeter => {
  const reserved: string[] = []
  const settled: (Usage | undefined)[] = []
  return {
    reserved,
    settled,
    reserve: async (model) => {
      reserved.push(`${model.provider}/${model.modelId}`)
      return (usage) => void settled.push(usage)
    },
  }
}

/** A model that waits for ever, and whose calls tell how they were left. */
export interface HangingModel extends LanguageModel {
  calls: number
  aborted: number
}

/** Never answers; throws the signal's reason when it aborts. `after` events come first. */
export const hangingModel = (after: readonly ModelEvent[] = []): HangingModel => {
  const model: HangingModel = {
    provider: 'hanging',
    modelId: 'hanging',
    calls: 0,
    aborted: 0,
    async *stream({ signal }) {
      model.calls++
      yield* after
      await new Promise((_, reject) => {
        const stop = (): void => {
          model.aborted++
          reject(signal?.reason)
        }
        if (signal?.aborted) stop()
        else signal?.addEventListener('abort', stop, { once: true })
      })
    },
  }
  return model
}
