import type { Agent, AgentOptions, RunOptions } from './agent.ts'
import { type AgentRun, createAgentRun } from './agent-run.ts'
import { checkLimits } from './check-limits.ts'
import { InvalidArgument } from './errors.ts'
import { type AgentParts, executeRun } from './execute-run.ts'
import { userText } from './message.ts'
import type { ToolSpec } from './model.ts'
import type { RunInput, RunState } from './run.ts'
import type { Tools } from './tool.ts'
import { closeAbandonedCalls } from './transcript.ts'
import { noUsage } from './usage.ts'

const optionNames: ReadonlySet<string> = new Set<keyof AgentOptions>([
  'model',
  'name',
  'description',
  'instructions',
  'tools',
  'plugins',
  'stopWhen',
  'limits',
  'settings',
])

const collectTools = (options: AgentOptions): Tools => {
  const tools = new Map<string, { tool: Tools[string]; owner: string }>()
  const add = (more: Tools | undefined, owner: string): void => {
    for (const [name, tool] of Object.entries(more ?? {})) {
      if (!/^[\w-]{1,64}$/.test(name))
        throw new InvalidArgument('tools', '1 to 64 letters, digits, _ or - as the name of a tool', name)
      const taken = tools.get(name)
      if (taken)
        throw new InvalidArgument(
          'tools',
          `one tool named ${name}`,
          `one of ${taken.owner} and one of ${owner}`,
        )
      tools.set(name, { tool, owner })
    }
  }
  add(options.tools, 'the agent')
  for (const plugin of options.plugins ?? []) add(plugin.tools, `plugin "${plugin.name}"`)
  return Object.fromEntries([...tools].map(([name, { tool }]) => [name, tool]))
}

const startingState = (input: string | RunInput): RunState => {
  const {
    messages,
    steps = 0,
    usage = noUsage,
  }: RunInput = typeof input === 'string' ? { messages: [userText(input)] } : input
  if (!Array.isArray(messages) || messages.length === 0)
    throw new InvalidArgument('input', 'a text, or an object with at least one message', input)
  return { messages: closeAbandonedCalls(messages), steps, usage }
}

/**
 * An agent: a model with instructions, tools and plugins, run as often as you like.
 * @throws InvalidArgument for unknown options, missing model, bad limits, and tools that share a name
 */
export const createAgent = (options: AgentOptions): Agent => {
  for (const name of Object.keys(options))
    if (!optionNames.has(name))
      throw new InvalidArgument(name, `one of ${[...optionNames].join(', ')}`, 'an unknown option')
  if (typeof options.model?.stream !== 'function')
    throw new InvalidArgument('model', 'a LanguageModel, such as openai("gpt-…")', options.model)
  const { name = 'agent', description, instructions, stopWhen } = options
  const tools = collectTools(options)
  const specs = Object.entries(tools).map(([toolName, tool]): ToolSpec => ({
    name: toolName,
    description: tool.description,
    inputSchema: tool.inputSchema,
  }))
  const identity = { name, ...(description !== undefined && { description }) }
  const parts: AgentParts = {
    agent: identity,
    model: options.model,
    tools,
    limits: checkLimits(options.limits ?? {}),
    request: {
      ...options.settings,
      ...(instructions !== undefined && { instructions }),
      ...(specs.length > 0 && { tools: specs }),
    },
    plugins: [
      ...(options.plugins ?? []),
      ...(stopWhen ? [{ name: 'stopWhen', setup: () => ({ stopWhen }) }] : []),
    ],
  }
  const run = (input: string | RunInput, runOptions: RunOptions = {}): AgentRun<unknown> => {
    const runId = runOptions.runId ?? runOptions.parent?.childId() ?? crypto.randomUUID()
    const state = startingState(input)
    return createAgentRun(runId, (wanted) =>
      executeRun(parts, { runId, state, deltas: runOptions.deltas ?? wanted }, runOptions),
    )
  }
  return { ...identity, tools, run: run as Agent['run'] }
}
