import type { Message, ToolCallPart, ToolResultPart } from './message.ts'
import type { FinishReason, ModelResponse, ReasoningDeltaEvent, TextDeltaEvent } from './model.ts'
import type { Usage } from './usage.ts'

/** Where a run stands: plain JSON, and all that is needed to go on from there. */
export interface RunState {
  readonly messages: readonly Message[]
  /** Model calls made so far. */
  readonly steps: number
  /**
   * What those calls used, tries that failed included. What a cache or journal replayed is in it as if it had been
   * asked for: cost is what the meter hears.
   */
  readonly usage: Usage
}

/** What a run starts from: a saved state, or only messages. A `RunResult`, `RunAborted` or `RunIncomplete` fits. */
export interface RunInput {
  readonly messages: readonly Message[]
  /** @default 0 */
  readonly steps?: number
  /** @default none */
  readonly usage?: Usage
  /** The name it goes on under, unless the messages end with a new question. */
  readonly runId?: string
}

/** What plugins and tools may know of the run they serve. */
export interface RunContext {
  /** A path: `root`, and `root/call` for a run started inside a tool call. */
  readonly runId: string
  readonly agent: { readonly name: string; readonly description?: string }
  readonly signal: AbortSignal
  /** The state as it is now. */
  readonly state: RunState
  /** The run id of the next child: `runId/call`, then `runId/call:2`, … */
  readonly childId: () => string
}

/**
 * Why a run ended: `done` (an answer without calls), `paused` (calls left unanswered), `stopped` (by
 * `stopWhen`), a limit (`steps`, `tokens`), `doom-loop`, `invalid-output`, or the model's own `length` or
 * `content-filter`.
 */
export type EndReason =
  | 'done'
  | 'paused'
  | 'stopped'
  | 'steps'
  | 'tokens'
  | 'doom-loop'
  | 'invalid-output'
  | 'length'
  | 'content-filter'

/** How a run ended. JSON, except for `output` where the schema made something else of it. */
export interface RunResult<Output = undefined> extends RunState {
  readonly runId: string
  readonly reason: EndReason
  /** The text of the last answer; empty when it has none, or a user message follows it. */
  readonly text: string
  /** The checked answer, when `output` was asked for. */
  readonly output: Output
  /** Calls that wait for an approval or for the caller's answer; empty unless paused. */
  readonly pending: readonly ToolCallPart[]
}

/** What happens in a run, in order. The README draws the order as a tree. */
export type AgentEvent =
  | { readonly type: 'run-start'; readonly runId: string }
  | { readonly type: 'step-start'; readonly step: number }
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | { readonly type: 'message'; readonly message: Message }
  | {
      readonly type: 'step-end'
      readonly step: number
      readonly reason: FinishReason
      /** Of this step alone, tries that failed included. */
      readonly usage: Usage
      readonly response: ModelResponse
    }
  | { readonly type: 'tool-start'; readonly call: ToolCallPart }
  | { readonly type: 'tool-progress'; readonly callId: string; readonly update: unknown }
  | {
      readonly type: 'tool-end'
      readonly call: ToolCallPart
      /** Absent: the call is pending. */
      readonly result?: ToolResultPart
      readonly durationMs: number
    }
  | { readonly type: 'run-end'; readonly result: RunResult<unknown> }
