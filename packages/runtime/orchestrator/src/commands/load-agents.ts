import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject, type Plugin, type Tools } from '@ashlar/core'
import { InvalidArgument } from '@ashlar/core/errors'
import type { AgentProfile } from '../executor-config.ts'

/** What an agents file exports. */
export interface AgentsFile {
  readonly agents: Readonly<Record<string, AgentProfile>>
  readonly tools: Tools
  /** Of every agent: approvals, a budget, … */
  readonly plugins: readonly Plugin[]
  /** The agent that makes one answer of many results. */
  readonly synthesiser: string | undefined
}

// What is in a profile is checked by whoever uses it.
const isAgents = (value: unknown): value is AgentsFile['agents'] =>
  isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isObject)

const isTools = (value: unknown): value is Tools => isObject(value) && Object.values(value).every(isObject)

const isPlugins = (value: unknown): value is readonly Plugin[] =>
  Array.isArray(value) && value.every((one) => isObject(one) && typeof one['name'] === 'string')

/** Loads an agents file. @throws InvalidArgument when it cannot be loaded, or exports no agents */
export const loadAgents = async (file: string, cwd: string): Promise<AgentsFile> => {
  let loaded: unknown
  try {
    loaded = await import(pathToFileURL(resolve(cwd, file)).href)
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    throw new InvalidArgument('--agents', 'a file that can be loaded', `${file}: ${why}`)
  }
  const { agents, tools = {}, plugins = [], synthesiser } = isObject(loaded) ? { ...loaded } : {}
  if (!isAgents(agents))
    throw new InvalidArgument('--agents', 'a file that exports agents: { id: { description, … } }', file)
  if (!isTools(tools)) throw new InvalidArgument('--agents', 'tools: { name: tool(…) }', file)
  if (!isPlugins(plugins)) throw new InvalidArgument('--agents', 'plugins: [ approval(), … ]', file)
  if (synthesiser !== undefined && (typeof synthesiser !== 'string' || !Object.hasOwn(agents, synthesiser)))
    throw new InvalidArgument(
      '--agents',
      `synthesiser: one of ${Object.keys(agents).join(', ')}`,
      JSON.stringify(synthesiser),
    )
  return { agents, tools, plugins, synthesiser }
}
