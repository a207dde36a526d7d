import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Command, type CommandIo, defineCommand } from '@ashlar/command'
import { type Agent, InvalidArgument, isObject, type Tool } from '@ashlar/core'
import { packageVersion } from '../package-version.ts'
import { createMcpServer } from '../server/index.ts'
import { serveOptions, serveOver } from './serve-over.ts'

const isTool = (value: unknown): value is Tool =>
  isObject(value) && typeof value['description'] === 'string' && typeof value['validate'] === 'function'

/** Tools that a module exports: by the names of its exports, and of the members of its default export. */
const loadTools = async (file: string, cwd: string): Promise<Record<string, Tool>> => {
  const module: Record<string, unknown> = await import(pathToFileURL(resolve(cwd, file)).href)
  const exported = isObject(module['default']) ? { ...module, ...module['default'] } : module
  const tools = Object.fromEntries(
    Object.entries(exported).flatMap(([name, value]) =>
      isTool(value) && name !== 'default' ? [[name, value] as const] : [],
    ),
  )
  if (Object.keys(tools).length === 0)
    throw new InvalidArgument('--tools', 'a module that exports tools', file)
  return tools
}

const loadAgents = async (targets: readonly string[], model: string | undefined, io: CommandIo) => {
  const agents: Record<string, Agent> = {}
  for (const target of targets) {
    const agent = await io.loadAgent(target, { model })
    agents[agent.name.replaceAll(/[^\w-]/g, '_')] = agent
  }
  return agents
}

/** `ashlar mcp serve`: agents and tools for any MCP client. */
export const serveCommand: Command = defineCommand({
  name: 'ashlar mcp serve',
  summary: 'Serve agents and tools to MCP clients, over stdio or HTTP',
  positionals: { usage: '[agent]…', max: 100 },
  options: {
    ...serveOptions,
    tools: { type: 'string', value: 'file', multiple: true, description: 'a module that exports tools' },
    model: { type: 'string', value: 'model', description: 'for agents without one of their own' },
    name: { type: 'string', value: 'name', description: 'what the server is called', default: 'ashlar' },
  },
  run: async ({ values, positionals }, io) => {
    // What agents print would be taken for messages of the protocol.
    if (!values.http)
      Object.assign(console, { log: console.error, info: console.error, debug: console.error })
    const tools: Record<string, Tool> = {}
    for (const file of values.tools ?? []) Object.assign(tools, await loadTools(file, io.cwd))
    const agents = await loadAgents(positionals, values.model, io)
    if (Object.keys(tools).length + Object.keys(agents).length === 0)
      throw new InvalidArgument('arguments', 'an agent, or --tools with a file', 'none')
    const server = createMcpServer({ name: values.name, version: packageVersion(), tools, agents })
    await serveOver(server, values, io)
  },
})
