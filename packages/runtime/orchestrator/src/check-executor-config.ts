import { InvalidArgument, isObject } from '@ashlar/core'
import type { AgentExecutorConfig } from './executor-config.ts'
import type { ExecutionContext } from './execution.ts'

const checkAbove = (name: string, value: number | undefined, least: number): void => {
  if (value !== undefined && !(value >= least))
    throw new InvalidArgument(name, `a number from ${least}`, value)
}

/** @throws InvalidArgument which names the option, what was expected and what came */
export const checkExecutorConfig = (config: AgentExecutorConfig): void => {
  const { models, agents, tools = {}, defaultModel, maxIterations, executionTimeoutMs } = config
  if (typeof models !== 'function')
    throw new InvalidArgument('models', 'a function from a name to a model', models)
  if (typeof defaultModel !== 'string' || defaultModel === '')
    throw new InvalidArgument('defaultModel', 'the name of a model', defaultModel)
  if (!isObject(agents) || Object.keys(agents).length === 0)
    throw new InvalidArgument('agents', 'at least one agent by its id', agents)
  checkAbove('maxIterations', maxIterations, 1)
  checkAbove('executionTimeoutMs', executionTimeoutMs, 1)
  for (const [id, { tools: allowed = [] }] of Object.entries(agents))
    for (const name of allowed)
      if (!Object.hasOwn(tools, name))
        throw new InvalidArgument(`agents.${id}.tools`, `a tool of ${Object.keys(tools).join(', ')}`, name)
}

/** @throws InvalidArgument which names the field, what was expected and what came */
export const checkContext = ({ agentId, task, tools }: ExecutionContext): void => {
  if (typeof agentId !== 'string') throw new InvalidArgument('context.agentId', 'the id of an agent', agentId)
  if (typeof task?.id !== 'string' || task.id === '')
    throw new InvalidArgument('context.task.id', 'an id', task?.id)
  if (typeof task.input !== 'string') throw new InvalidArgument('context.task.input', 'a text', task.input)
  if (tools !== undefined && !Array.isArray(tools))
    throw new InvalidArgument('context.tools', 'names of tools', tools)
  checkAbove('context.task.maxIterations', task.maxIterations, 1)
  checkAbove('context.task.timeoutMs', task.timeoutMs, 1)
}
