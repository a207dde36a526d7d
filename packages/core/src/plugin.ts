import type { ToolCallPart, ToolResultPart } from './message.ts'
import type { LanguageModel, ModelEvent, ModelRequest } from './model.ts'
import type { AgentEvent, RunContext, RunInput } from './run.ts'
import type { Tool, ToolContext, Tools } from './tool.ts'

/** Wraps a step: look at or change the input, call `next` (or not, or again), look at or change the output. */
export type Around<In, Out> = (input: In, next: (input: In) => Out) => Out

/** One model call of a run; swap the model, the request, or both. */
export interface ModelCall {
  readonly model: LanguageModel
  readonly request: ModelRequest
  readonly step: number
}

/** One tool call of a run, its input already checked. A swapped input is checked again. */
export interface ToolCall {
  readonly call: ToolCallPart
  readonly tool: Tool
  readonly input: unknown
  readonly step: number
  /** The caller decided on this call by `approvals` on resume. Of one that was denied, `tool` does nothing but say so. */
  readonly approved: boolean
  readonly context: ToolContext
}

/** What the model reads, or `'pending'`: leave the call unanswered and pause the run. */
export type ToolOutcome = Pick<ToolResultPart, 'output' | 'content' | 'isError'> | 'pending'

/** The four seams. The first plugin is the outermost. */
export interface Hooks {
  readonly aroundRun?: Around<RunInput, AsyncIterable<AgentEvent>>
  readonly aroundModel?: Around<ModelCall, AsyncIterable<ModelEvent>>
  readonly aroundTool?: Around<ToolCall, Promise<ToolOutcome>>
  /** Asked before each model call but the first; true ends the run as `stopped`. */
  readonly stopWhen?: (run: RunContext) => boolean | Promise<boolean>
}

/** Something that changes how an agent runs. `setup` is called once a run: its variables are the run's state. */
export interface Plugin {
  readonly name: string
  readonly tools?: Tools
  setup?(run: RunContext): Hooks
}
