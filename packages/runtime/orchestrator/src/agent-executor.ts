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
  type Usage,
  userText,
} from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { AgentExecutor, AgentExecutorConfig, AgentProfile, ExecuteOptions } from './executor-config.ts'
import { checkContext, checkExecutorConfig } from './check-executor-config.ts'
import { toErrorInfo } from './error-info.ts'
import type { ErrorInfo, ExecutedToolCall, ExecutionContext, ExecutionResult } from './execution.ts'

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

const startOf = ({ task, messages = [] }: ExecutionContext): Message[] =>
  messages.at(-1)?.role === 'user' || messages.at(-1)?.role === 'tool'
    ? [...messages]
    : [...messages, userText(task.input)]

const qualify = (name: string, provider: string | undefined): string =>
  provider === undefined || name.includes('/') ? name : `${provider}/${name}`

const limit = (code: string, message: string): ErrorInfo => ({
  code,
  name: 'ExecutionLimit',
  message,
  // The same again would end the same, but for a slow moment.
  retryable: code === 'timeout',
})

/** Why a run that ended otherwise than `done` is no success. */
const limitOf = ({ reason, steps, pending }: RunResult<unknown>, id: string): ErrorInfo | undefined => {
  const task = `Task "${id}"`
  if (reason === 'done' || reason === 'stopped') return undefined
  if (reason === 'steps') return limit('iterations', `${task} was not done after ${steps} model calls`)
  if (reason === 'tokens') return limit('tokens', `${task} used all the tokens that it may`)
  if (reason === 'doom-loop') return limit('doom-loop', `${task} made the same call again and again`)
  const waiting = pending.map(({ name }) => name).join(', ')
  if (reason === 'paused') return limit('paused', `${task} waits for an approval of ${waiting}`)
  return limit(reason, `${task} ended by ${reason}`)
}

class Execution {
  readonly #config: AgentExecutorConfig
  readonly #context: ExecutionContext
  readonly #options: ExecuteOptions
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #toolCalls: ExecutedToolCall[] = []
  #messages: readonly Message[]
  #usage: Usage = noUsage
  constructor(config: AgentExecutorConfig, context: ExecutionContext, options: ExecuteOptions) {
    this.#config = config
    this.#context = context
    this.#options = options
    this.#clock = config.clock ?? systemClock
    this.#startedAt = this.#clock.now()
    this.#messages = startOf(context)
  }
  async run(profile: AgentProfile): Promise<ExecutionResult> {
    const { task } = this.#context
    const { timeoutMs = this.#config.executionTimeoutMs ?? 300_000 } = task
    const controller = new AbortController()
    const late = limit('timeout', `Task "${task.id}" took longer than ${timeoutMs} ms`)
    let isLate = false
    const timer = this.#clock.setTimeout(() => {
      isLate = true
      controller.abort(new Error(late.message))
    }, timeoutMs)
    const { signal } = this.#options
    const abort = (): void => controller.abort(signal?.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const result = await this.#follow(await this.#agentOf(profile), controller.signal)
      return this.#end(result && limitOf(result, task.id))
    } catch (error) {
      if (isLate) return this.#end(late)
      this.#keep(error)
      return this.#end(RunAborted.isInstance(error) ? limit('cancelled', error.message) : toErrorInfo(error))
    } finally {
      this.#clock.clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }
  /** The same, without a run: what was asked for is not allowed. */
  refuse(error: ErrorInfo): ExecutionResult {
    return this.#end(error)
  }
  async #agentOf({
    instructions,
    description,
    model: own,
    tools: allowed = [],
  }: AgentProfile): Promise<Agent> {
    const { models, defaultModel, defaultProvider, maxIterations = 20, plugins } = this.#config
    const { agentId, task, tools: names = allowed } = this.#context
    const model = await models(qualify(task.model ?? own ?? defaultModel, defaultProvider))
    const tools = names.flatMap((name) =>
      Object.entries(this.#config.tools ?? {}).filter(([one]) => one === name),
    )
    return createAgent({
      model,
      name: agentId,
      ...(instructions !== undefined && { instructions }),
      ...(description !== undefined && { description }),
      tools: Object.fromEntries(tools),
      limits: { steps: task.maxIterations ?? maxIterations },
      plugins: plugins?.(this.#context, model) ?? [],
    })
  }
  async #follow(agent: Agent, signal: AbortSignal): Promise<RunResult<unknown> | undefined> {
    const { onEvent, runId, approvals } = this.#options
    const run = agent.run(
      { messages: this.#messages },
      { signal, deltas: onEvent !== undefined, ...(runId && { runId }), ...(approvals && { approvals }) },
    )
    let result: RunResult<unknown> | undefined
    for await (const event of run) {
      onEvent?.(event)
      if (event.type === 'message') this.#messages = [...this.#messages, event.message]
      if (event.type === 'tool-end') this.#toolCalls.push(toExecutedCall(event))
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
  #end(error: ErrorInfo | undefined): ExecutionResult {
    const { agentId, task } = this.#context
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
    }
  }
}

/**
 * Runs tasks by agents: each by its own model and with only the tools that it is allowed.
 * @throws InvalidArgument when the configuration is wrong
 */
export const createAgentExecutor = (config: AgentExecutorConfig): AgentExecutor => {
  checkExecutorConfig(config)
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
      const forbidden = tools.filter((name) => !profile.tools?.includes(name))
      if (forbidden.length === 0) return execution.run(profile)
      return execution.refuse(
        limit('forbidden-tool', `Agent "${agentId}" is not allowed ${forbidden.join(', ')}`),
      )
    },
  }
}
