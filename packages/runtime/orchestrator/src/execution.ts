import type { Message, ToolCallPart, ToolResultPart, Usage } from '@ashlar/core'

/** What one agent is asked to do. Plain JSON. */
export interface AgentTask {
  readonly id: string
  /** What to do, as the agent reads it. */
  readonly input: string
  /** `model` or `provider/model`. @default the agent's, else the executor's */
  readonly model?: string
  /** Model calls at most. @default the executor's */
  readonly maxIterations?: number
  /** Input and output tokens together at most. @default the executor's */
  readonly maxTokens?: number
  /** US dollars at most, of all tries together, by the executor's `budget`. @default no limit of its own */
  readonly maxUsd?: number
  /** In milliseconds. @default the executor's */
  readonly timeoutMs?: number
}

/** All that an execution starts from. Plain JSON, so that it can be stored and gone on with elsewhere. */
export interface ExecutionContext {
  readonly agentId: string
  readonly task: AgentTask
  /** Where the conversation stands; the task's input is put after it unless it ends in a user message. @default none */
  readonly messages?: readonly Message[]
  /** Model calls made so far, which count. @default 0 */
  readonly steps?: number
  /** Used so far, which counts. @default none */
  readonly usage?: Usage
  /** Names of the tools to offer, all of which the agent must be allowed. @default all that it is allowed */
  readonly tools?: readonly string[]
}

/** One call of a tool, as it went. */
export interface ExecutedToolCall extends Pick<ToolCallPart, 'callId' | 'name' | 'input'> {
  /** Absent: the call waits for an approval. */
  readonly result?: Pick<ToolResultPart, 'output' | 'isError'>
  readonly durationMs: number
}

/** An error as plain JSON. */
export interface ErrorInfo {
  /** `timeout`, `iterations`, `tokens`, `doom-loop`, `forbidden-tool`, `paused`, … or the code of the error thrown. */
  readonly code: string
  readonly name: string
  readonly message: string
  readonly retryable?: boolean
  readonly retryAfterMs?: number
}

/** How an execution went. Plain JSON; it never lacks the transcript, whatever happened. */
export interface ExecutionResult {
  readonly taskId: string
  readonly agentId: string
  readonly success: boolean
  /** The text of the last answer; what there is of it after a failure. */
  readonly output: string
  readonly messages: readonly Message[]
  readonly toolCalls: readonly ExecutedToolCall[]
  readonly usage: Usage
  readonly durationMs: number
  /** Exactly when `success` is false. */
  readonly error?: ErrorInfo
  /** Exactly when it waits for an approval: what for, and the model calls made so far. */
  readonly paused?: { readonly steps: number; readonly pending: readonly ToolCallPart[] }
}
