import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { createMcpClient } from './create-mcp-client.ts'
import { definitionSource, type DefinitionSourceOptions } from './definition-source.ts'
import type { McpAuthProvider, McpClient, McpClientOptions } from './mcp-client.ts'
import { McpError } from './mcp-error.ts'
import type { McpEvent } from './mcp-event.ts'
import { folderOf } from './resolve-definition.ts'
import { readServerConfig, type ServerConfig } from './server-config.ts'
import type { ServerDefinition } from './server-definition.ts'
import type { ToolPins } from './tool-pins.ts'
import { collectToolset, type Toolset, type ToolsetOptions, type ToolsetServer } from './toolset.ts'

/** Options of `createMcpRegistry`. */
export interface McpRegistryOptions
  extends Omit<McpClientOptions, 'name' | 'authProvider' | 'env'>, DefinitionSourceOptions {
  /** Who authorises the requests to a server. */
  readonly authProvider?: (server: string) => McpAuthProvider | undefined
  /** Only tools that are approved here are used. @default all are */
  readonly pins?: ToolPins
}

/** Servers by name. Each is connected when it is first needed, once for everybody. */
export interface McpRegistry extends AsyncDisposable {
  /** Names of the servers that may be used; none while `ASHLAR_DISABLE_MCP` is set. */
  readonly servers: readonly string[]
  /** As they are written: variables are not expanded. */
  readonly config: ServerConfig
  /** @throws McpError when there is no such server, or it is disabled */
  client(name: string): McpClient
  /** Tools for one agent. A server that cannot be reached is left out, and listed as unavailable. */
  toolset(options?: ToolsetOptions): Promise<Toolset>
  /** Takes another configuration: servers whose definition changed or is gone are closed, the others stay connected. */
  update(config: unknown): Promise<void>
  /** Ends all connections and processes. Later calls fail. */
  close(): Promise<void>
}

const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false', 'no'].includes(value)

const failure = (code: 'unknown-server' | 'disabled', server: string, message: string): McpError =>
  new McpError({ code, server, message })

interface Entry {
  readonly definition: ServerDefinition
  readonly client: McpClient
}

const createEntry = (
  server: string,
  definition: ServerDefinition,
  { options, config }: { readonly options: McpRegistryOptions; readonly config: ServerConfig },
): Entry => {
  const { authProvider, onInput: _, folder: __, pins: ___, ...clientOptions } = options
  const provider = authProvider?.(server)
  const source = definitionSource({ server, definition, config }, options)
  const client = createMcpClient(source, {
    ...clientOptions,
    name: server,
    ...(provider && { authProvider: provider }),
  })
  return { definition, client }
}

/** The names that are asked for, groups replaced by their members. @throws McpError for one that is not there */
const namesOf = (wanted: readonly string[], { groups, servers }: ServerConfig): string[] => {
  const names = wanted.flatMap((name) => {
    if (!name.startsWith('@')) return [name]
    const members = Object.hasOwn(groups, name.slice(1)) ? groups[name.slice(1)] : undefined
    if (members) return members
    const there = Object.keys(groups)
      .map((group) => `@${group}`)
      .join(', ')
    throw failure('unknown-server', name, `There is no group ${name}; there is ${there || 'none'}`)
  })
  for (const name of names)
    if (!Object.hasOwn(servers, name)) {
      const there = Object.keys(servers).join(', ')
      throw failure('unknown-server', name, `There is no server "${name}"; there is ${there || 'none'}`)
    }
  return [...new Set(names)]
}

const closeAll = async (entries: Iterable<Entry>): Promise<void> => {
  await Promise.all([...entries].map(({ client }) => client.close()))
}

/**
 * The servers of a configuration, as Claude Code, VS Code or OpenCode write it. Nothing is started before it is needed.
 * @throws InvalidArgument naming what is wrong with the configuration
 */
export const createMcpRegistry = (config: unknown, options: McpRegistryOptions = {}): McpRegistry => {
  let current = readServerConfig(config)
  let isClosed = false
  const entries = new Map<string, Entry>()
  const isDisabled = (): boolean => isSet((options.env ?? process.env)['ASHLAR_DISABLE_MCP'])
  const emit = (event: McpEvent): void => {
    try {
      options.onEvent?.(event)
    } catch {
      // A listener is no reason to lose a tool.
    }
  }
  const names = (): string[] =>
    isDisabled() ? [] : Object.keys(current.servers).filter((name) => !current.servers[name]?.disabled)

  const entryOf = (name: string): Entry => {
    const [known = name] = namesOf([name], current)
    const definition = current.servers[known]
    if (isClosed) throw failure('disabled', name, `${name}: the registry is closed`)
    if (isDisabled()) throw failure('disabled', name, `${name}: MCP is switched off by ASHLAR_DISABLE_MCP`)
    if (!definition || definition.disabled)
      throw failure('disabled', name, `${name}: its definition is disabled`)
    const entry = entries.get(name) ?? createEntry(name, definition, { options, config: current })
    entries.set(name, entry)
    return entry
  }
  const close = async (): Promise<void> => {
    isClosed = true
    const all = [...entries.values()]
    entries.clear()
    await closeAll(all)
  }
  return {
    get servers() {
      return names()
    },
    get config() {
      return current
    },
    client: (name) => entryOf(name).client,
    toolset: async (wanted = {}) => {
      const usable = new Set(names())
      const asked = wanted.servers ? namesOf(wanted.servers, current) : [...usable]
      const servers: ToolsetServer[] = asked.filter((name) => usable.has(name)).map(entryOf)
      return collectToolset(wanted, { servers, pins: options.pins, emit })
    },
    update: async (next) => {
      const previous = current
      current = readServerConfig(next)
      const isAnother = (name: string): boolean =>
        !isDeepStrictEqual(previous.servers[name], current.servers[name]) ||
        !isDeepStrictEqual(previous.inputs, current.inputs)
      const gone = [...entries].filter(([name]) => isAnother(name))
      for (const [name] of gone) entries.delete(name)
      await closeAll(gone.map(([, entry]) => entry))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * The servers of a file: `.mcp.json`, `.vscode/mcp.json`, `opencode.json`.
 * @throws InvalidArgument naming what is wrong with it, or the error of reading it
 */
export const loadMcpRegistry = async (
  file: string,
  options: McpRegistryOptions = {},
): Promise<McpRegistry> => {
  const text = await readFile(file, 'utf8')
  return createMcpRegistry(readServerConfig(text, file), { folder: folderOf(file), ...options })
}
