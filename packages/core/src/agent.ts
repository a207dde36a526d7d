import type { AgentRun } from './agent-run.ts'
import type { Limits } from './limits.ts'
import type { LanguageModel, ModelRequest } from './model.ts'
import type { Plugin } from './plugin.ts'
import type { RunContext, RunInput } from './run.ts'
import type { InferSchema, Schema } from './schema.ts'
import type { StopCondition } from './stop-when.ts'
import type { Tools } from './tool.ts'

/** What every model call of the agent is sent with. */
export type ModelSettings = Pick<
  ModelRequest,
  | 'toolChoice'
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'stop'
  | 'seed'
  | 'reasoning'
  | 'providerOptions'
>

export interface AgentOptions {
  readonly model: LanguageModel
  /** @default 'agent' */
  readonly name?: string
  /** What the agent is good at, for those who choose among agents. */
  readonly description?: string
  readonly instructions?: string
  /** Tools by name: 1 to 64 letters, digits, `_` or `-`. */
  readonly tools?: Tools
  /** The first is the outermost. */
  readonly plugins?: readonly Plugin[]
  readonly stopWhen?: StopCondition
  readonly limits?: Limits
  /** `toolChoice` holds until tools have run; then it is `auto`, or `none`. */
  readonly settings?: ModelSettings
}

export interface RunOptions<Output extends Schema = Schema> {
  /**
   * Names the run; under the same name calls keep their idempotency keys. @default that of the state it goes on from;
   * with a new question, the parent's next child, or a random UUID (128 random bits where a page is not secure)
   */
  readonly runId?: string
  /** The run this one is part of: `context.run` of the tool that starts it. */
  readonly parent?: RunContext
  readonly signal?: AbortSignal
  /** By call id: `true` to run a pending call, or the reason it was denied. An id no call has is refused. */
  readonly approvals?: Readonly<Record<string, true | string>>
  /** The answer must be JSON that fits; a wrong one is asked for again, at most twice. */
  readonly output?: Output
  /** Whether the models send deltas. @default true when iterated, false when only awaited */
  readonly deltas?: boolean
}

export interface Agent {
  readonly name: string
  readonly description?: string
  /** Its own tools and those of its plugins. */
  readonly tools: Tools
  /** Starts from a question, or goes on from saved messages; see `AgentRun` for when it starts. */
  run<const Output extends Schema>(
    input: string | RunInput,
    options: RunOptions<Output> & { readonly output: Output },
  ): AgentRun<InferSchema<Output>>
  run(input: string | RunInput, options?: RunOptions): AgentRun
}
