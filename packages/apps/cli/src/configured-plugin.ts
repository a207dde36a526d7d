import {
  type AgentOptions,
  AshlarError,
  type Hooks,
  type ModelRequest,
  type Plugin,
  type RunContext,
} from '@ashlar/core'
import type { Config } from '@ashlar/config'
import { type AshlarConfig, toAgentOptions } from '@ashlar/config/ashlar'

type Limits = NonNullable<AgentOptions['limits']>

/** What `createAgent` gives a tool that says nothing, in milliseconds. */
const usualTimeoutMs = 60_000

/** @throws AshlarError when the run may make no more calls */
const checkLimits = ({ state, agent }: RunContext, { steps = Infinity, tokens = Infinity }: Limits): void => {
  const { inputTokens, outputTokens } = state.usage
  const reached =
    state.steps > steps
      ? `limits.steps: ${steps}`
      : inputTokens + outputTokens >= tokens
        ? `limits.tokens: ${tokens}`
        : ''
  if (reached !== '')
    throw new AshlarError(
      'limit',
      `The run of "${agent.name}" reached a limit of the configuration (${reached})`,
    )
}

const hooksOf = (run: RunContext, config: Config<AshlarConfig>, instructions: string | undefined): Hooks => {
  const { name } = run.agent
  const { limits = {}, settings = {} } = toAgentOptions(config, name)
  const listed = config.value.agents?.[name]?.tools
  const has = (tool: string): boolean => listed === undefined || listed.includes(tool)
  const toRequest = (request: ModelRequest): ModelRequest => ({
    ...settings,
    ...request,
    ...(request.instructions === undefined && instructions !== undefined && { instructions }),
    ...(listed && request.tools && { tools: request.tools.filter((tool) => has(tool.name)) }),
  })
  return {
    aroundModel: (call, next) => {
      checkLimits(run, limits)
      return next({ ...call, request: toRequest(call.request) })
    },
    aroundTool: async (call, next) => {
      const tool = call.call.name
      if (!has(tool))
        return { output: `Not allowed: ${tool} is not among the tools of this agent.`, isError: true }
      const { toolTimeoutMs = Infinity } = limits
      if (toolTimeoutMs >= Math.min(call.tool.timeoutMs ?? Infinity, usualTimeoutMs)) return next(call)
      return next({ ...call, tool: { ...call.tool, timeoutMs: toolTimeoutMs } })
    },
  }
}

/**
 * Holds agents to the settings of the configuration, by the name of the agent that runs: limits and tools are taken away
 * from; settings and instructions are those of the code where it says something.
 */
export const configuredPlugin = async (config: Config<AshlarConfig>): Promise<Plugin> => {
  const spoken = config.agents.map((name) => [name, toAgentOptions(config, name).instructions] as const)
  const said: Readonly<Record<string, string | undefined>> = await config.resolve(Object.fromEntries(spoken))
  return { name: 'configuration', setup: (run) => hooksOf(run, config, said[run.agent.name]) }
}
