import type { Agent, AgentOptions, RunOptions } from './agent.ts'
import { type AgentRun, createAgentRun } from './agent-run.ts'
import { checkKeys } from './check-keys.ts'
import { checkLimits } from './check-limits.ts'
import { InvalidArgument, PluginError } from './errors.ts'
import { type AgentParts, executeRun } from './execute-run.ts'
import { seamsLoader } from './load-seams.ts'
import { type Message, userText } from './message.ts'
import type { ToolSpec } from './model.ts'
import { once } from './once.ts'
import type { Plugin } from './plugin.ts'
import type { RunInput, RunState } from './run.ts'
import type { Tools } from './tool.ts'
import { closeAbandonedCalls } from './transcript.ts'
import { noUsage } from './usage.ts'

const optionNames: readonly (keyof AgentOptions)[] = [
  'model',
  'name',
  'description',
  'instructions',
  'tools',
  'plugins',
  'stopWhen',
  'limits',
  'settings',
]
const pluginKeys: readonly (keyof Plugin)[] = ['name', 'tools', 'setup']
const roles: readonly Message['role'][] = ['user', 'assistant', 'tool']

/** Where a page is not secure, browsers have no `randomUUID`: as many random bits will do. */
const randomId = (): string => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join('-')

/** A plugin with a key that is misspelt would do nothing. */
const checkPlugin = (plugin: Plugin): void => {
  try {
    checkKeys(plugin, pluginKeys)
  } catch (error) {
    throw new PluginError(plugin.name, 'its definition', error)
  }
}

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
  }: Partial<RunInput> = typeof input === 'string' ? { messages: [userText(input)] } : (input ?? {})
  if (!Array.isArray(messages) || messages.length === 0)
    throw new InvalidArgument('input', 'a text, or an object with at least one message', input)
  const odd = messages.findIndex(
    (message) => !roles.includes(message?.role) || !Array.isArray(message.content),
  )
  if (odd >= 0)
    throw new InvalidArgument(
      `input.messages[${odd}]`,
      'role user, assistant or tool, and a list of parts as content',
      JSON.stringify(messages[odd]),
    )
  if (!(steps >= 0)) throw new InvalidArgument('input.steps', 'a number of at least 0', steps)
  if (!(usage?.inputTokens >= 0 && usage.outputTokens >= 0))
    throw new InvalidArgument(
      'input.usage',
      'inputTokens and outputTokens of at least 0',
      JSON.stringify(usage),
    )
  return { messages: closeAbandonedCalls(messages), steps, usage }
}

/**
 * An agent: a model with instructions, tools and plugins, run as often as you like.
 * @throws InvalidArgument for unknown options, missing model, bad limits, and tools that share a name; PluginError
 * for a plugin with an unknown key
 */
export const createAgent = (options: AgentOptions): Agent => {
  checkKeys(options, optionNames)
  if (typeof options.model?.stream !== 'function')
    throw new InvalidArgument('model', 'a LanguageModel, such as openai("gpt-…")', options.model)
  const { name = 'agent', description, instructions, stopWhen, plugins = [] } = options
  plugins.forEach(checkPlugin)
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
    loadAnswering: once(() => import('./answer-calls.ts')),
    limits: checkLimits(options.limits ?? {}),
    request: {
      ...options.settings,
      ...(instructions !== undefined && { instructions }),
      ...(specs.length > 0 && { tools: specs }),
    },
    seams: seamsLoader(stopWhen ? [...plugins, { name: 'stopWhen', setup: () => ({ stopWhen }) }] : plugins),
  }
  const run = (input: string | RunInput, runOptions: RunOptions = {}): AgentRun<unknown> => {
    const runId = runOptions.runId ?? runOptions.parent?.childId() ?? randomId()
    const state = startingState(input)
    return createAgentRun(runId, (iterated) => executeRun(parts, { runId, state, iterated }, runOptions))
  }
  return { ...identity, tools, run: run as Agent['run'] }
}
