import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import {
  type AssistantPart,
  type LanguageModel,
  type Meter,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
  userText,
} from '@ashlar/core'
import type { WireDialect, WireServer } from '../wire/index.ts'

/** One model under test and the server it talks to. */
export interface Bench {
  readonly server: WireServer
  readonly model: LanguageModel
  readonly dialect: WireDialect
}

/** One thing a contract asks for. */
export type Check = readonly [name: string, test: (bench: Bench) => Promise<void>]

/** A request that says hello. */
export const hello: ModelRequest = { messages: [userText('hello')] }

type FinishEvent = Extract<ModelEvent, { type: 'finish' }>

/** A whole answer. */
export interface Answer {
  readonly events: readonly ModelEvent[]
  readonly parts: readonly AssistantPart[]
  readonly finish: FinishEvent
}

const deltaText = (events: readonly ModelEvent[], type: 'text-delta' | 'reasoning-delta'): string => {
  let text = ''
  for (const event of events) if (event.type === type) text += event.text
  return text
}

const partText = (parts: readonly AssistantPart[], type: 'text' | 'reasoning'): string => {
  let text = ''
  for (const part of parts) if (part.type === type) text += part.text
  return text
}

/** Reads a stream to its end and checks what holds for every stream: parts add up to deltas, one finish, last. */
export const read = async (stream: AsyncIterable<ModelEvent>): Promise<Answer> => {
  const events: ModelEvent[] = []
  for await (const event of stream) events.push(event)
  const parts = events.flatMap((event) => (event.type === 'part' ? [event.part] : []))
  const finish = events.at(-1)
  assert(finish?.type === 'finish', `the last event is finish, not ${finish?.type}`)
  assert.equal(events.filter(({ type }) => type === 'finish').length, 1, 'there is one finish')
  if (events.some(({ type }) => type.endsWith('-delta'))) {
    assert.equal(deltaText(events, 'text-delta'), partText(parts, 'text'), 'the deltas add up to the text')
    assert.equal(
      deltaText(events, 'reasoning-delta'),
      partText(parts, 'reasoning'),
      'the deltas add up to the reasoning',
    )
  }
  return { events, parts, finish }
}

/** An answer with deltas merged that follow each other: what must not depend on packets. */
export const merged = ({ events }: Answer): ModelEvent[] => {
  const result: ModelEvent[] = []
  for (const event of events) {
    const last = result.at(-1)
    if ((event.type === 'text-delta' || event.type === 'reasoning-delta') && last?.type === event.type)
      result[result.length - 1] = { ...last, text: last.text + event.text }
    else result.push(event)
  }
  return result
}

/** What a stream throws. */
export const thrownBy = async (stream: AsyncIterable<ModelEvent>): Promise<unknown> => {
  try {
    for await (const _ of stream);
  } catch (error) {
    return error
  }
  assert.fail('the stream should throw, and ended')
}

/** The ModelError a stream throws. */
export const modelErrorOf = async (stream: AsyncIterable<ModelEvent>): Promise<ModelError> => {
  const error = await thrownBy(stream)
  assert(ModelError.isInstance(error), `expected a ModelError, got ${String(error)}`)
  return error
}

/** The text of the parts that had arrived when a stream died. */
export const partialText = (error: ModelError): string => partText(error.partial ?? [], 'text')

/** What a usage counts, without the splits that are nought: saying so and leaving it out are the same. */
export const usageOf = ({ serviceTier: _, region: __, ...counts }: Usage): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(counts).filter(([key, value]) => value !== 0 || key.endsWith('putTokens')),
  )

/** Resolves when nothing listens to the signal any more. */
export const noListeners = (server: WireServer, signal: AbortSignal): Promise<void> =>
  server.until(() => getEventListeners(signal, 'abort').length === 0, 2000)

/** A meter that writes down what it is told. */
export interface SpyMeter extends Meter {
  readonly reserved: LanguageModel[]
  readonly settled: (Usage | undefined)[]
}

/** A meter that allows everything; `onReserve` runs inside `reserve`. */
export const spyMeter = (onReserve?: () => void): SpyMeter => {
  const reserved: LanguageModel[] = []
  const settled: (Usage | undefined)[] = []
  return {
    reserved,
    settled,
    reserve: async (model) => {
      reserved.push(model)
      onReserve?.()
      return (usage) => void settled.push(usage)
    },
  }
}

/** Rejects when a check takes longer; whoever waits on a hanging model learns which check it was. */
export const within = async (milliseconds: number, work: Promise<void>): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(
    () => reject(new Error(`Not done after ${milliseconds} ms: the model hangs`)),
    milliseconds,
  )
  try {
    await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
