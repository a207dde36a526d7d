export { type Clock, systemClock } from './clock.ts'
export type { RecordedRequest } from './recorded-request.ts'
export { ScriptError } from './script-error.ts'
export {
  scriptedEmbeddingModel,
  type ScriptedEmbeddingModel,
  type ScriptedEmbeddingModelOptions,
} from './scripted-embedding-model.ts'
export {
  scriptedModel,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedTurn,
  type TurnFunction,
} from './scripted-model.ts'
export type { Turn, TurnToolCall } from './turn.ts'
