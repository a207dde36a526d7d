import type { AgentEvent, LanguageModel, Plugin, Tools } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import type { ExecutionContext, ExecutionResult } from './execution.ts'

/** An agent as the executor knows it. */
export interface AgentProfile {
  readonly instructions?: string
  /** What it is good at, for those who choose among agents. */
  readonly description?: string
  /** `model` or `provider/model`. @default the executor's */
  readonly model?: string
  /** Names of the tools it may use. @default none */
  readonly tools?: readonly string[]
  /** What it can do, for planners. @default none */
  readonly capabilities?: readonly string[]
}

export interface AgentExecutorConfig {
  /** The model of a name `provider/model`; `get` of `createModels` is one. */
  readonly models: (name: string) => LanguageModel | Promise<LanguageModel>
  readonly agents: Readonly<Record<string, AgentProfile>>
  /** Every tool there is, by name; each agent gets those that it is allowed. @default none */
  readonly tools?: Tools
  /** For models named without one. */
  readonly defaultProvider?: string
  /**
   * Names of the providers there are. A model whose name begins with none of them is one of the `defaultProvider`, as
   * `meta-llama/llama-3-8b` is of `openrouter`. @default any name with a slash begins with its provider
   */
  readonly providers?: readonly string[]
  readonly defaultModel: string
  /** Model calls at most. @default 20 */
  readonly maxIterations?: number
  /** Input and output tokens of one execution together at most. @default Infinity */
  readonly maxTokens?: number
  /**
   * The plugin that holds a task to its `maxUsd`: `(usd) => budget({ usd })` of `@ashlar/cost`. Made once a task: all tries
   * under one `runId` share it, also after a pause, until one succeeds (of tasks that did not, the last 1,000 are
   * known). It is of this process: what was spent in one that died counts only where the plugin keeps it elsewhere, as
   * `(usd) => budget({ usd, per: 'run', ledger: sqliteLedger(file) })` does.
   * @default such tasks are refused
   */
  readonly budget?: (maxUsd: number, context: ExecutionContext) => Plugin
  /** The longest one execution may take, getting its model included, in milliseconds. @default 300_000 */
  readonly executionTimeoutMs?: number
  /** How long a model or tool that was told to stop is waited for, in milliseconds; it is left behind after that. @default 100 */
  readonly graceMs?: number
  /** Plugins of one execution: budget, memory, `contextWindow`, … @default none */
  readonly plugins?: (context: ExecutionContext, model: LanguageModel) => readonly Plugin[]
  readonly clock?: Clock
}

export interface ExecuteOptions {
  readonly signal?: AbortSignal
  /** Names the run; the same again keeps the idempotency keys of its tools, and its budget. @default a random UUID */
  readonly runId?: string
  /** By call id: `true`, or the reason it was denied. */
  readonly approvals?: Readonly<Record<string, true | string>>
  readonly onEvent?: (event: AgentEvent) => void
}

export interface AgentExecutor {
  readonly config: AgentExecutorConfig
  /** Never rejects but for a wrong context: what goes wrong in the run is in the result. @throws InvalidArgument */
  execute(context: ExecutionContext, options?: ExecuteOptions): Promise<ExecutionResult>
}
