import { createHash } from 'node:crypto'
import { isObject, type JsonValue, type ModelCall, type ModelEvent } from '@ashlar/core'
import { ReplayMismatch } from './durable-errors.ts'
import type { Claim, StepRecord } from './journal.ts'
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

const isModelEvent = (value: unknown): value is ModelEvent =>
  isObject(value) && typeof value['type'] === 'string'

/** The events of a recorded answer; whoever shows text gets it in one piece. */
function* replay(step: StepRecord, deltas: boolean): Generator<ModelEvent> {
  for (const event of Array.isArray(step.value) ? step.value : []) {
    const recorded: unknown = event
    if (!isModelEvent(recorded)) continue
    if (deltas && recorded.type === 'part') {
      const { part } = recorded
      if (part.type === 'text') yield { type: 'text-delta', text: part.text }
      if (part.type === 'reasoning') yield { type: 'reasoning-delta', text: part.text }
    }
    yield recorded.type === 'finish' ? { ...recorded, replayed: true } : recorded
  }
}

/**
 * The events of a model call: those recorded, or those of the model, which are on disk before `finish` comes out.
 * @throws ReplayMismatch when the step was recorded for another request, LeaseLost when the run is another's
 */
export async function* recordedModel(
  call: ModelCall,
  next: (call: ModelCall) => AsyncIterable<ModelEvent>,
  { claim, step: { key, pass } }: Recording,
): AsyncGenerator<ModelEvent> {
  const digest = digestOfCall(call)
  const step = claim.steps.get(key)
  if (step) {
    if (step.digest !== digest) throw new ReplayMismatch(key)
    pass()
    yield* replay(step, call.request.deltas !== false)
    return
  }
  const kept: ModelEvent[] = []
  for await (const event of next(call)) {
    if (event.type === 'part' || event.type === 'finish') kept.push(event)
    if (event.type === 'finish') {
      await claim.write({ key, state: 'done', digest, value: toJson(kept) })
      pass()
    }
    yield event
  }
}
