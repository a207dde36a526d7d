export { AshlarError } from './ashlar-error.ts'
export { agentBuilder, type AgentBuilder } from './agent-builder.ts'
export type { AgentRun } from './agent-run.ts'
export { approval, type ApprovalOptions } from './approval.ts'
export type { Agent, AgentOptions, ModelSettings, RunOptions } from './agent.ts'
export { createAgent } from './create-agent.ts'
export {
  InvalidArgument,
  ModelError,
  type ModelErrorFacts,
  type ModelErrorKind,
  PluginError,
  RunAborted,
  RunIncomplete,
} from './errors.ts'
export type { Limits } from './limits.ts'
export { isObject, type JsonObject, type JsonSchema, type JsonValue } from './json.ts'
export {
  type AssistantMessage,
  type AssistantPart,
  type FilePart,
  type ImagePart,
  type Message,
  type ProviderData,
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
export type { EmbeddingModel, EmbedOptions, EmbedResult } from './embedding-model.ts'
export type {
  Attempt,
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
export { calledTool, stepCount, type StopCondition, tokenCount } from './stop-when.ts'
export { tool, type ToolDefinition } from './define-tool.ts'
export type { Tool, ToolAnnotations, ToolContext, Tools } from './tool.ts'
export { toolContent } from './tool-content.ts'
export { addUsage, noUsage, type Usage } from './usage.ts'
