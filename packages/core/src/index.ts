export {
  AshlarError,
  InvalidArgument,
  ModelError,
  type ModelErrorFacts,
  type ModelErrorKind,
  PluginError,
  RunAborted,
  RunIncomplete,
} from './errors.ts'
export { isObject, type JsonObject, type JsonSchema, type JsonValue } from './json.ts'
export {
  type AssistantMessage,
  type AssistantPart,
  type FilePart,
  type ImagePart,
  type Message,
  type ReasoningPart,
  type TextPart,
  textOf,
  type ToolCallPart,
  toolCallsOf,
  type ToolMessage,
  type ToolResultPart,
  type UserMessage,
  type UserPart,
  userText,
} from './message.ts'
export type {
  Attempt,
  EmbeddingModel,
  EmbedOptions,
  EmbedResult,
  FinishReason,
  LanguageModel,
  Meter,
  ModelEvent,
  ModelRequest,
  ModelResponse,
  RateLimit,
  Reasoning,
  RetryBudget,
  ToolChoice,
  ToolSpec,
} from './model.ts'
export type { Around, Hooks, ModelCall, Plugin, ToolCall, ToolOutcome } from './plugin.ts'
export type { AgentEvent, EndReason, RunContext, RunInput, RunResult, RunState } from './run.ts'
export type { Schema } from './schema.ts'
export {
  tool,
  type Tool,
  type ToolAnnotations,
  toolContent,
  type ToolContext,
  type ToolDefinition,
  type Tools,
} from './tool.ts'
export { addUsage, noUsage, type Usage } from './usage.ts'
