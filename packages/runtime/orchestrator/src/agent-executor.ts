import {
  addUsage,
  type Agent,
  type AgentEvent,
  createAgent,
  isObject,
  type Message,
  noUsage,
  RunAborted,
  type RunResult,
  type RunState,
  textOf,
  type ToolCallPart,
  toolCallsOf,
  type Usage,
  userText,
} from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { Attempt } from './attempt.ts'
import { closeCalls, cutOff } from './close-calls.ts'
import { limit, limitOf, qualify, withDeadline } from './execution-limits.ts'
import { onAbort } from './on-abort.ts'
import type { AgentExecutor, AgentExecutorConfig, AgentProfile, ExecuteOptions } from './executor-config.ts'
import { checkContext, checkExecutorConfig } from './check-executor-config.ts'
import { toErrorInfo } from './error-info.ts'
import type { ErrorInfo, ExecutedToolCall, ExecutionContext, ExecutionResult } from './execution.ts'
import { TaskBudgets, type TryBudget } from './task-budgets.ts'

const isRunState = (value: unknown): value is RunState =>
  isObject(value) && Array.isArray(value['messages']) && isObject(value['usage'])

const toExecutedCall = ({
  call,
  result,
  durationMs,
}: Extract<AgentEvent, { type: 'tool-end' }>): ExecutedToolCall => {
  const { callId, name, input } = call
  const kept = result && { output: result.output, ...(result.isError && { isError: result.isError }) }
  return { callId, name, input, ...(kept && { result: kept }), durationMs }
}

/** The conversation, with the task put after it where nothing in it waits to be answered. */
const startOf = ({ task, messages = [] }: ExecutionContext): Message[] => {
  const last = messages.at(-1)
  const waits = last?.role === 'user' || last?.role === 'tool' || toolCallsOf(last).length > 0
  return waits ? [...messages] : [...messages, userText(task.input)]
}

class Execution {
  readonly #config: AgentExecutorConfig
  readonly #context: ExecutionContext
  readonly #options: ExecuteOptions
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #maxTokens: number
  readonly #toolCalls: ExecutedToolCall[] = []
  /** Calls under way, and when they began. */
  readonly #open = new Map<string, readonly [ToolCallPart, number]>()
  #messages: readonly Message[]
  #usage: Usage
  #isOver = false
  constructor(config: AgentExecutorConfig, context: ExecutionContext, options: ExecuteOptions) {
    this.#config = config
    this.#context = context
    this.#options = options
    this.#clock = config.clock ?? systemClock
    this.#startedAt = this.#clock.now()
    this.#maxTokens = context.task.maxTokens ?? config.maxTokens ?? Infinity
    this.#messages = startOf(context)
    this.#usage = context.usage ?? noUsage
  }
  async run(profile: AgentProfile, spending?: TryBudget): Promise<ExecutionResult> {
    const { task } = this.#context
    const { timeoutMs = this.#config.executionTimeoutMs ?? 300_000 } = task
    const late = limit('timeout', `Task "${task.id}" took longer than ${timeoutMs} ms`)
    const attempt = new Attempt<RunResult<unknown> | undefined>({
      clock: this.#clock,
      graceMs: this.#config.graceMs ?? 100,
    })
    const { signal } = this.#options
    const leave = onAbort(signal, () => attempt.stop(signal?.reason))
    const work = async (): Promise<RunResult<unknown> | undefined> => {
      const agent = await this.#agentOf(profile, { deadline: this.#startedAt + timeoutMs, spending })
      attempt.signal.throwIfAborted()
      return this.#follow(agent, attempt.signal)
    }
    try {
      const result = await attempt.run(work, { timeoutMs, onTimeout: () => late })
      return this.#end(result && limitOf(result, { id: task.id, maxTokens: this.#maxTokens }), result)
    } catch (error) {
      this.#keep(error)
      if (!attempt.stopped) return this.#end(toErrorInfo(error))
      const { reason: cause } = attempt.stopped
      if (cause === late) return this.#end(late)
      const { message } = new RunAborted({ runId: '', messages: [], steps: 0, usage: noUsage }, { cause })
      return this.#end(limit('cancelled', message))
    } finally {
      this.#isOver = true
      leave()
    }
  }
  /** The same, without a run: what was asked for is not allowed. */
  refuse(error: ErrorInfo): ExecutionResult {
    return this.#end(error)
  }
  async #agentOf(
    profile: AgentProfile,
    { deadline, spending }: { readonly deadline: number; readonly spending: TryBudget | undefined },
  ): Promise<Agent> {
    const { instructions, description, model: own, tools: allowed = [] } = profile
    const { models, defaultModel, maxIterations = 20, plugins, budget } = this.#config
    const { defaultProvider: provider, providers } = this.#config
    const { agentId, task, tools: names = allowed } = this.#context
    const model = await models(qualify(task.model ?? own ?? defaultModel, { provider, providers }))
    const { maxUsd = 0 } = task
    const budgeted = budget && spending?.plugin(() => budget(maxUsd, this.#context))
    const tools = names.flatMap((name) =>
      Object.entries(this.#config.tools ?? {}).filter(([one]) => one === name),
    )
    return createAgent({
      model,
      name: agentId,
      ...(instructions !== undefined && { instructions }),
      ...(description !== undefined && { description }),
      tools: Object.fromEntries(tools),
      limits: { steps: task.maxIterations ?? maxIterations, tokens: this.#maxTokens },
      plugins: [
        withDeadline(deadline),
        ...(budgeted ? [budgeted] : []),
        ...(plugins?.(this.#context, model) ?? []),
      ],
    })
  }
  async #follow(agent: Agent, signal: AbortSignal): Promise<RunResult<unknown> | undefined> {
    const { onEvent, runId, approvals } = this.#options
    const { steps } = this.#context
    const run = agent.run(
      { messages: this.#messages, usage: this.#usage, ...(steps !== undefined && { steps }) },
      { signal, deltas: onEvent !== undefined, ...(runId && { runId }), ...(approvals && { approvals }) },
    )
    let result: RunResult<unknown> | undefined
    for await (const event of run) {
      // Nobody waits for it any more.
      if (this.#isOver) return undefined
      onEvent?.(event)
      if (event.type === 'message') this.#messages = [...this.#messages, event.message]
      if (event.type === 'tool-start') this.#open.set(event.call.callId, [event.call, this.#clock.now()])
      if (event.type === 'tool-end') {
        this.#open.delete(event.call.callId)
        this.#toolCalls.push(toExecutedCall(event))
      }
      if (event.type === 'step-end') this.#usage = addUsage(this.#usage, event.usage)
      if (event.type === 'run-end') result = event.result
    }
    if (result) this.#keep(result)
    return result
  }
  /** A result and an abort know the state of the run better than its events. */
  #keep(state: unknown): void {
    if (!isRunState(state)) return
    this.#messages = state.messages
    this.#usage = state.usage
  }
  /** What was under way is an error in the transcript: nothing is left open but what waits for an approval. */
  #close(why: string): void {
    for (const [{ callId, name, input }, began] of this.#open.values())
      this.#toolCalls.push({
        callId,
        name,
        input,
        result: cutOff(why),
        durationMs: this.#clock.now() - began,
      })
    this.#open.clear()
    this.#messages = closeCalls(this.#messages, { calls: this.#toolCalls, why })
  }
  #end(error: ErrorInfo | undefined, result?: RunResult<unknown>): ExecutionResult {
    const { agentId, task } = this.#context
    const paused = result?.reason === 'paused' && { steps: result.steps, pending: result.pending }
    if (error && !paused) this.#close(error.message)
    const last = this.#messages.findLast(({ role }) => role === 'assistant')
    return {
      taskId: task.id,
      agentId,
      success: error === undefined,
      output: textOf(last),
      messages: this.#messages,
      toolCalls: this.#toolCalls,
      usage: this.#usage,
      durationMs: this.#clock.now() - this.#startedAt,
      ...(error && { error }),
      ...(paused && { paused }),
    }
  }
}

/**
 * Runs tasks by agents: each by its own model and with only the tools that it is allowed.
 * @throws InvalidArgument when the configuration is wrong
 */
export const createAgentExecutor = (config: AgentExecutorConfig): AgentExecutor => {
  checkExecutorConfig(config)
  const budgets = new TaskBudgets()
  return {
    config,
    execute: async (context, options = {}) => {
      checkContext(context)
      const { agentId, tools = [] } = context
      const profile = Object.hasOwn(config.agents, agentId) ? config.agents[agentId] : undefined
      const execution = new Execution(config, context, options)
      if (!profile) {
        const known = Object.keys(config.agents).join(', ')
        return execution.refuse(limit('unknown-agent', `There is no agent "${agentId}": there are ${known}`))
      }
      const { id, maxUsd } = context.task
      if (maxUsd !== undefined && !config.budget)
        return execution.refuse(limit('no-budget', `Task "${id}" has maxUsd, and the executor has no budget`))
      const forbidden = tools.filter((name) => !profile.tools?.includes(name))
      if (forbidden.length > 0)
        return execution.refuse(
          limit('forbidden-tool', `Agent "${agentId}" is not allowed ${forbidden.join(', ')}`),
        )
      const spending = maxUsd === undefined ? undefined : budgets.begin(options.runId, maxUsd)
      const result = await execution.run(profile, spending)
      spending?.end(result.success)
      return result
    },
  }
}
