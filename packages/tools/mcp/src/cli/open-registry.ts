import { access, readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { type CommandIo, printable } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import { definitionSource } from '../definition-source.ts'
import type { McpInput } from '../expand-variables.ts'
import type { DefinitionSource } from '../mcp-client.ts'
import type { McpEvent } from '../mcp-event.ts'
import { createMcpRegistry, type McpRegistry } from '../mcp-registry.ts'
import { folderOf } from '../resolve-definition.ts'
import { readServerConfig } from '../server-config.ts'
import { filePins, type ToolPins } from '../tool-pins.ts'

/** Options that all commands about configured servers have. */
export const configOptions = {
  config: {
    type: 'string',
    value: 'file',
    description: 'definitions of servers (default .mcp.json, .vscode/mcp.json, opencode.json)',
  },
  input: {
    type: 'string',
    value: 'id=value',
    multiple: true,
    description: 'what a definition asks for by ${input:id}',
  },
  verbose: { type: 'boolean', description: 'show what the servers say on stderr' },
} as const

/** Values of `configOptions`. */
export interface ConfigValues {
  readonly config: string | undefined
  readonly input: string[] | undefined
  readonly verbose: boolean
}

const usual = ['.mcp.json', '.vscode/mcp.json', 'opencode.json', 'opencode.jsonc']

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

const findConfig = async (given: string | undefined, cwd: string): Promise<string> => {
  if (given !== undefined) return resolve(cwd, given)
  for (const name of usual) if (await exists(resolve(cwd, name))) return resolve(cwd, name)
  throw new InvalidArgument('--config', `a file, or one of ${usual.join(', ')} in this folder`, 'neither')
}

const inputsOf = (given: readonly string[] | undefined): ReadonlyMap<string, string> =>
  new Map(
    (given ?? []).map((each) => {
      const at = each.indexOf('=')
      if (at < 1) throw new InvalidArgument('--input', 'id=value', 'something without =')
      return [each.slice(0, at), each.slice(at + 1)]
    }),
  )

const describe = (event: McpEvent): string | undefined => {
  if (event.type === 'server-log') return `${event.server}: ${event.text}`
  if (event.type === 'server-retry') return `${event.reason}; trying again`
  return undefined
}

/** The configuration that was found. */
export interface OpenRegistry {
  readonly registry: McpRegistry
  /** The path of its file, from here. */
  readonly file: string
  /** A server's definition by itself, for a client of one's own. */
  sourceOf(server: string): DefinitionSource
}

/** The servers of the configuration there is. @throws InvalidArgument when there is none */
export const openRegistry = async (
  values: ConfigValues,
  io: CommandIo,
  pins?: ToolPins,
): Promise<OpenRegistry> => {
  const file = await findConfig(values.config, io.cwd)
  const shown = relative(io.cwd, file)
  const config = readServerConfig(await readFile(file, 'utf8'), shown)
  const given = inputsOf(values.input)
  const sourceOptions = {
    folder: folderOf(file),
    env: io.env,
    onInput: (input: McpInput) => {
      const value = given.get(input.id) ?? input.default
      if (value !== undefined) return value
      throw new InvalidArgument(`--input ${input.id}=…`, input.description ?? 'a value', 'none')
    },
  }
  const registry = createMcpRegistry(config, {
    ...sourceOptions,
    ...(pins && { pins }),
    onEvent: (event) => {
      const text = describe(event)
      if (values.verbose && text !== undefined) io.stderr.write(`${printable(text)}\n`)
    },
  })
  return {
    registry,
    file: shown,
    sourceOf: (server) => {
      // Says what is wrong with the name.
      registry.client(server)
      const definition = config.servers[server]
      if (!definition) throw new InvalidArgument('server', Object.keys(config.servers).join(', '), server)
      return definitionSource({ server, definition, config }, sourceOptions)
    },
  }
}

/** The lockfile of approved tools. */
export const lockOption = {
  type: 'string',
  value: 'file',
  description: 'where approved tools are pinned',
  default: 'mcp.lock.json',
} as const

/** The pins in force: those of a lockfile that is there. */
export const existingPins = async (file: string, cwd: string): Promise<ToolPins | undefined> =>
  (await exists(resolve(cwd, file))) ? filePins(resolve(cwd, file)) : undefined
