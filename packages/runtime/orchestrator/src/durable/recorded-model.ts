import { createHash } from 'node:crypto'
import { isObject, type JsonValue, type ModelCall, type ModelEvent } from '@ashlar/core'
import { type AgentDefinition, type Definitions, isDefinition } from './agent-definition.ts'
import { ReplayMismatch } from './durable-errors.ts'
import type { Claim, StepRecord } from './journal.ts'
import type { LiveWriter } from './live-writer.ts'
import type { StepKey } from './step-keys.ts'

/** Where a step is recorded. */
export interface Recording {
  readonly claim: Claim
  readonly step: StepKey
}

/** Any value as the JSON that it is written as. */
export const toJson = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value) ?? 'null')

export const digestOf = (...values: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 22)

/** What is new in a request since the one before: how long the transcript is, and its end. */
const digestOfCall = ({ model, request }: ModelCall): string =>
  digestOf(model.provider, model.modelId, request.messages.length, request.messages.at(-1))

/** What is for the transcript; deltas are for the screen. */
type KeptEvent = Exclude<ModelEvent, { readonly text: string }>

const isRecorded = (value: unknown): value is KeptEvent =>
  isObject(value) && (value['type'] === 'part' || value['type'] === 'finish')

const eventsIn = ({ value }: StepRecord): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The events of a recorded answer; whoever shows text gets it in one piece. */
function* replay(step: StepRecord, deltas: boolean): Generator<ModelEvent> {
  for (const event of eventsIn(step)) {
    if (!isRecorded(event)) continue
    if (deltas && event.type === 'part') {
      const { part } = event
      if (part.type === 'text') yield { type: 'text-delta', text: part.text }
      if (part.type === 'reasoning') yield { type: 'reasoning-delta', text: part.text }
    }
    yield event.type === 'finish' ? { ...event, replayed: true } : event
  }
}

/** What is shown of an answer while it comes, and seen of the agent that asks. */
export interface ModelRecording extends Recording {
  readonly live: LiveWriter
  /** Asks for deltas also where the caller wants none, to show them. */
  readonly deltas: boolean
  readonly definitions: Definitions
}

/** Throws when the step was recorded for another request. */
const checkReplay = (call: ModelCall, step: StepRecord, definitions: Definitions): void => {
  const changes = definitions.replayed(call, eventsIn(step).find(isDefinition))
  if (step.digest === digestOfCall(call)) return
  throw new ReplayMismatch(
    step.key,
    ['is asked something else than when it was recorded', ...changes].join('; '),
  )
}

/**
 * The events of a model call: those recorded, or those of the model, which are on disk before `finish` comes out.
 * @throws ReplayMismatch when the step was recorded for another request, LeaseLost when the run is another's
 */
export async function* recordedModel(
  call: ModelCall,
  next: (call: ModelCall) => AsyncIterable<ModelEvent>,
  { claim, step: { key, pass }, live, deltas, definitions }: ModelRecording,
): AsyncGenerator<ModelEvent> {
  const isShown = call.request.deltas !== false
  const step = claim.steps.get(key)
  if (step) {
    checkReplay(call, step, definitions)
    pass()
    yield* replay(step, isShown)
    return
  }
  const definition = definitions.unrecorded(call)
  const kept: (KeptEvent | AgentDefinition)[] = definition ? [definition] : []
  const asked = deltas && !isShown ? { ...call, request: { ...call.request, deltas } } : call
  try {
    for await (const event of next(asked)) {
      if (event.type === 'part' || event.type === 'finish') kept.push(event)
      else {
        live.add(key, event)
        if (!isShown) continue
      }
      if (event.type === 'finish') {
        await claim.write({ key, state: 'done', digest: digestOfCall(call), value: toJson(kept) })
        definitions.recorded(call)
        pass()
      }
      yield event
    }
  } finally {
    live.end(key)
  }
}
