import { InvalidArgument, isObject } from '@ashlar/core'
import type { AgentExecutorConfig } from './executor-config.ts'
import type { AgentTask, ExecutionContext } from './execution.ts'

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
  checkAbove('maxTokens', config.maxTokens, 1)
  checkAbove('graceMs', config.graceMs, 0)
  if (config.budget !== undefined && typeof config.budget !== 'function')
    throw new InvalidArgument('budget', 'a function from US dollars to a plugin', config.budget)
  for (const [id, { tools: allowed = [] }] of Object.entries(agents))
    for (const name of allowed)
      if (!Object.hasOwn(tools, name))
        throw new InvalidArgument(`agents.${id}.tools`, `a tool of ${Object.keys(tools).join(', ')}`, name)
}

const taskKeys: ReadonlySet<string> = new Set<keyof AgentTask>([
  'id',
  'input',
  'model',
  'maxIterations',
  'maxTokens',
  'maxUsd',
  'timeoutMs',
])
const contextKeys: ReadonlySet<string> = new Set<keyof ExecutionContext>([
  'agentId',
  'task',
  'messages',
  'steps',
  'usage',
  'tools',
])

/** What is wrong with the limits of a task, and the fields that there are not. */
export const problemsOfTask = (task: AgentTask, more: readonly string[] = []): InvalidArgument[] => {
  const known = [...taskKeys, ...more]
  const odd = Object.keys(task).filter((name) => !known.includes(name))
  const problems = odd.map((name) => new InvalidArgument('task', `only ${known.join(', ')}`, name))
  const { maxIterations, maxTokens, maxUsd, timeoutMs } = task
  for (const [name, value] of Object.entries({ maxIterations, maxTokens, timeoutMs }))
    if (value !== undefined && !(value >= 1))
      problems.push(new InvalidArgument(`task.${name}`, 'a number from 1', value))
  if (maxUsd !== undefined && !(maxUsd > 0))
    problems.push(new InvalidArgument('task.maxUsd', 'US dollars above 0', maxUsd))
  return problems
}

/** @throws InvalidArgument which names the field, what was expected and what came */
export const checkContext = (context: ExecutionContext): void => {
  const { agentId, task, tools } = context
  const odd = Object.keys(context).find((name) => !contextKeys.has(name))
  if (odd !== undefined) throw new InvalidArgument('context', `only ${[...contextKeys].join(', ')}`, odd)
  if (typeof agentId !== 'string') throw new InvalidArgument('context.agentId', 'the id of an agent', agentId)
  if (typeof task?.id !== 'string' || task.id === '')
    throw new InvalidArgument('context.task.id', 'an id', task?.id)
  if (typeof task.input !== 'string') throw new InvalidArgument('context.task.input', 'a text', task.input)
  const [problem] = problemsOfTask(task)
  if (problem) throw problem
  if (tools !== undefined && !Array.isArray(tools))
    throw new InvalidArgument('context.tools', 'names of tools', tools)
}
