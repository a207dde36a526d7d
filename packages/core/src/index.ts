export { AshlarError } from './ashlar-error.ts'
export { agentBuilder } from './agent-builder.ts'
export type { AgentRun } from './agent-run.ts'
export { approval } from './approval.ts'
export type { Agent, AgentOptions, RunOptions } from './agent.ts'
export { checkKeys } from './check-keys.ts'
export { createAgent } from './create-agent.ts'
export {
  InvalidArgument,
  ModelError,
  type ModelErrorKind,
  PluginError,
  RunAborted,
  RunIncomplete,
} from './errors.ts'
export { isObject, type JsonObject, type JsonSchema, type JsonValue } from './json.ts'
export {
  type AssistantPart,
  type Message,
  textOf,
  type ToolCallPart,
  toolCallsOf,
  type ToolResultPart,
  type UserPart,
  userText,
} from './message.ts'
export type { EmbeddingModel } from './embedding-model.ts'
export type {
  FinishEvent,
  FinishReason,
  LanguageModel,
  Meter,
  ModelEvent,
  ModelRequest,
  ModelResponse,
  RateLimit,
  ToolChoice,
  ToolSpec,
} from './model.ts'
export type { Hooks, ModelCall, Plugin, ToolCall, ToolOutcome } from './plugin.ts'
export type { AgentEvent, RunContext, RunInput, RunResult, RunState } from './run.ts'
export type { Schema } from './schema.ts'
export { calledTool, stepCount, tokenCount } from './stop-when.ts'
export { tool } from './define-tool.ts'
export type { Tool, ToolContext, Tools } from './tool.ts'
export { toolContent } from './tool-content.ts'
export { addUsage, noUsage, type Usage } from './usage.ts'
