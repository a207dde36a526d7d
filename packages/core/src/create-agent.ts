import type { Agent, AgentOptions, ModelSettings, RunOptions } from './agent.ts'
import { type AgentRun, createAgentRun } from './agent-run.ts'
import { checkKeys } from './check-keys.ts'
import { checkLimits } from './check-limits.ts'
import { InvalidArgument, PluginError } from './errors.ts'
import { type AgentParts, executeRun } from './execute-run.ts'
import { seamsLoader } from './load-seams.ts'
import { userText } from './message.ts'
import type { ToolSpec } from './model.ts'
import { once } from './once.ts'
import type { Plugin } from './plugin.ts'
import type { RunInput } from './run.ts'
import type { Tools } from './tool.ts'

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
const settingNames: readonly (keyof ModelSettings)[] = [
  'toolChoice',
  'maxOutputTokens',
  'temperature',
  'topP',
  'stop',
  'seed',
  'reasoning',
  'providerOptions',
]
const runOptionNames: readonly (keyof RunOptions)[] = [
  'runId',
  'parent',
  'signal',
  'approvals',
  'output',
  'deltas',
]
const textNames = ['name', 'description', 'instructions'] as const
const pluginKeys: readonly (keyof Plugin)[] = ['name', 'tools', 'setup']

/** Where a page is not secure, browsers have no `randomUUID`: as many random bits will do. */
const randomId = (): string => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join('-')

/** A plugin with a key that is misspelt would do nothing. */
const checkPlugin = (plugin: Plugin): void => {
  if (typeof plugin?.name !== 'string' || typeof plugin !== 'object')
    throw new InvalidArgument('plugins', 'plugins: { name, tools?, setup? }', plugin)
  try {
    checkKeys(plugin, pluginKeys)
  } catch (error) {
    throw new PluginError(plugin.name, 'its definition', error)
  }
}

/** @throws InvalidArgument for what is not tools by name */
export const checkTools = (tools: Tools): void => {
  checkKeys(tools, Object.keys(tools ?? {}), 'tools')
  for (const [name, tool] of Object.entries(tools))
    if (typeof tool?.validate !== 'function')
      throw new InvalidArgument(`tools.${name}`, 'what tool() makes', tool)
}

const collectTools = (options: AgentOptions): Tools => {
  let tools: Tools = {}
  const owners = new Map<string, string>()
  const add = (more: Tools = {}, owner: string): void => {
    checkTools(more)
    for (const name of Object.keys(more)) {
      if (!/^[\w-]{1,64}$/.test(name))
        throw new InvalidArgument('tools', '1 to 64 letters, digits, _ or - as the name of a tool', name)
      const taken = owners.get(name)
      if (taken)
        throw new InvalidArgument('tools', `one tool named ${name}`, `one of ${taken} and one of ${owner}`)
      owners.set(name, owner)
    }
    tools = { ...tools, ...more }
  }
  add(options.tools, 'the agent')
  for (const plugin of options.plugins ?? []) add(plugin.tools, `plugin "${plugin.name}"`)
  return tools
}

const toInput = (input: string | RunInput): RunInput => {
  const from: RunInput | null = typeof input === 'string' ? { messages: [userText(input)] } : input
  if (!Array.isArray(from?.messages) || from.messages.length === 0)
    throw new InvalidArgument('input', 'a text, or an object with at least one message', input)
  return from
}

/**
 * An agent: a model with instructions, tools and plugins, run as often as you like.
 * @throws InvalidArgument for unknown options, missing model, bad limits, and tools that share a name; PluginError
 * for a plugin with an unknown key
 */
export const createAgent = (options: AgentOptions): Agent => {
  checkKeys(options, optionNames)
  for (const key of textNames)
    if (typeof (options[key] ?? '') !== 'string') throw new InvalidArgument(key, 'a text', options[key])
  if (typeof options.model?.stream !== 'function')
    throw new InvalidArgument('model', 'a LanguageModel, such as openai("gpt-…")', options.model)
  const { name = 'agent', description, instructions, stopWhen, plugins = [], settings = {} } = options
  checkKeys(settings, settingNames, 'settings')
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
    loadAnswering: once(() => import('./answering.ts')),
    limits: checkLimits(options.limits ?? {}),
    request: {
      ...settings,
      ...(instructions !== undefined && { instructions }),
      ...(specs.length > 0 && { tools: specs }),
    },
    seams: seamsLoader(stopWhen ? [...plugins, { name: 'stopWhen', setup: () => ({ stopWhen }) }] : plugins),
  }
  const run = (input: string | RunInput, runOptions: RunOptions = {}): AgentRun<unknown> => {
    checkKeys(runOptions, runOptionNames)
    const { signal, parent } = runOptions
    if (signal !== undefined && typeof signal?.addEventListener !== 'function')
      throw new InvalidArgument('signal', 'an AbortSignal', signal)
    const from = toInput(input)
    const isSaved = typeof input !== 'string'
    let { runId } = runOptions
    if (from.messages.at(-1)?.role !== 'user') runId ??= from.runId
    const id = (): string => (runId ??= parent?.childId() ?? randomId())
    return createAgentRun(id, (iterated) =>
      executeRun(parts, { runId: id(), input: from, isSaved, iterated }, runOptions),
    )
  }
  return { ...identity, tools, run: run as Agent['run'] }
}
