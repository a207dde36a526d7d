export { type Clock, systemClock } from '@ashlar/core/clock'
export { fakeClock, type FakeClock } from './fake-clock.ts'
export type { RecordedRequest } from './recorded-request.ts'
export type { ScriptedTurn, TurnFunction } from './script.ts'
export { ScriptError } from './script-error.ts'
export {
  scriptedEmbeddingModel,
  type ScriptedEmbeddingModel,
  type ScriptedEmbeddingModelOptions,
} from './scripted-embedding-model.ts'
export { scriptedModel, type ScriptedModel, type ScriptedModelOptions } from './scripted-model.ts'
export { seededRandom } from './seeded-random.ts'
export { sequentialIds } from './sequential-ids.ts'
export type { Turn, TurnToolCall } from './turn.ts'
