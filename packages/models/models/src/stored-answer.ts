import { type FinishEvent, isObject, type ModelEvent, type ModelRequest } from '@ashlar/core'
import type { AssistantPart } from '@ashlar/core/message'
import type { OpenedStream } from './model-stream.ts'

/** A complete answer. */
export interface StoredAnswer {
  readonly parts: readonly AssistantPart[]
  readonly finish: Pick<FinishEvent, 'reason' | 'usage' | 'response'>
}

/** An answer that is worth keeping: it was not cut, filtered, or kept before. */
export const isWorthKeeping = ({ reason, replayed }: FinishEvent): boolean =>
  !replayed && (reason === 'stop' || reason === 'tool-calls')

/** The answer without what was true only then: the limits of the vendor, the tries it took. */
export const toStoredAnswer = (parts: readonly AssistantPart[], finish: FinishEvent): StoredAnswer => {
  const { reason, usage, response } = finish
  const { rateLimit: _, ...lasting } = response
  return { parts, finish: { reason, usage, response: lasting } }
}

const isPart = (part: unknown): boolean =>
  isObject(part) &&
  (part['type'] === 'tool-call' ? typeof part['callId'] === 'string' : typeof part['text'] === 'string')

const isStoredAnswer = (value: unknown): value is StoredAnswer =>
  isObject(value) &&
  Array.isArray(value['parts']) &&
  value['parts'].every(isPart) &&
  isObject(value['finish']) &&
  typeof value['finish']['reason'] === 'string' &&
  isObject(value['finish']['usage']) &&
  isObject(value['finish']['response'])

/** Reads what was written as JSON; undefined where it is damaged. */
export const parseStoredAnswer = (text: string): StoredAnswer | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isStoredAnswer(value) ? value : undefined
  } catch {
    return undefined
  }
}

function* eventsOf({ parts, finish }: StoredAnswer, deltas: boolean): Generator<ModelEvent, undefined> {
  for (const part of parts) {
    if (deltas && part.type !== 'tool-call') yield { type: `${part.type}-delta`, text: part.text }
    yield { type: 'part', part }
  }
  yield { type: 'finish', ...finish, replayed: true }
  return undefined
}

/** The answer as a stream: one delta a part. */
export const replayAnswer = (answer: StoredAnswer, { signal, deltas = true }: ModelRequest): OpenedStream => {
  const events = eventsOf(answer, deltas)
  return {
    first: events.next(),
    rest: {
      async next() {
        signal?.throwIfAborted()
        return events.next()
      },
      return: async () => events.return(undefined),
    },
  }
}
