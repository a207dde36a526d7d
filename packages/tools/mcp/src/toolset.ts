import type { Tool, Tools } from '@ashlar/core'
import type * as Sdk from '@modelcontextprotocol/client'
import type { McpClient } from './mcp-client.ts'
import { McpError } from './mcp-error.ts'
import type { McpEvent } from './mcp-event.ts'
import { type McpToolsOptions, toTool, toToolName, usableTools } from './mcp-tools.ts'
import { isAllowed, isToolAllowed } from './name-pattern.ts'
import type { ServerDefinition } from './server-definition.ts'
import type { ToolPins } from './tool-pins.ts'

/** Which tools an agent gets, and under which names. */
export interface ToolsetOptions extends Pick<McpToolsOptions, 'maxTextChars' | 'maxDataChars' | 'hints'> {
  /** Servers, and groups as `@name`. @default all */
  readonly servers?: readonly string[]
  /** `server/tool` with `*` for any characters, or `server` for all its tools. @default all */
  readonly allow?: readonly string[]
  /** What is left out, even when `allow` has it. @default none */
  readonly deny?: readonly string[]
  /** When a tool's name begins with that of its server. @default 'collision' */
  readonly prefix?: 'collision' | 'always'
  /** Names that the agent's own tools have. @default none */
  readonly taken?: readonly string[]
}

/** Where a tool comes from. */
export interface ToolOrigin {
  readonly server: string
  /** Its name there. */
  readonly tool: string
}

/** Tools of several servers, and what did not become one. */
export interface Toolset {
  readonly tools: Tools
  /** By the name the agent knows it under. */
  readonly origins: Readonly<Record<string, ToolOrigin>>
  /** Names that several servers have, with the names that they were given. */
  readonly collisions: Readonly<Record<string, readonly string[]>>
  readonly refused: readonly (ToolOrigin & { readonly reason: string })[]
  /** Servers that could not be reached; the others are used without them. */
  readonly unavailable: readonly { readonly server: string; readonly error: McpError }[]
}

/** One server to take tools from. */
export interface ToolsetServer {
  readonly client: McpClient
  readonly definition: ServerDefinition
}

export interface ToolsetSetting {
  readonly servers: readonly ToolsetServer[]
  readonly pins: ToolPins | undefined
  readonly emit: (event: McpEvent) => void
}

interface Listed {
  readonly client: McpClient
  readonly tool: Sdk.Tool
}

const reasons = {
  changed: 'its definition is not the one that was approved; look at it, and approve it with: ashlar mcp pin',
  new: 'it is not approved; look at it, and approve it with: ashlar mcp pin',
} as const

const maxName = 64

/** Refuses a call of a tool that has become another since it was approved. */
const pinned =
  (client: McpClient, pins: ToolPins) =>
  async ({ name }: Sdk.Tool): Promise<void> => {
    const current = (await client.listTools()).find((tool) => tool.name === name)
    const verdict = current ? await pins.verdict(client.name, current) : 'changed'
    if (verdict === 'approved') return
    const message = `${client.name}: ${name} is refused: ${reasons[verdict]}`
    throw new McpError({ code: 'not-approved', server: client.name, message })
  }

const listServer = async (
  { client, definition }: ToolsetServer,
  options: ToolsetOptions,
  pins: ToolPins | undefined,
): Promise<{ readonly listed: Listed[]; readonly refused: Toolset['refused'] }> => {
  const server = client.name
  const { usable, refused } = usableTools(await client.listTools())
  const listed: Listed[] = []
  const unapproved: Toolset['refused'][number][] = []
  for (const tool of usable) {
    const isWanted = isAllowed(tool.name, definition) && isToolAllowed({ server, tool: tool.name }, options)
    if (!isWanted) continue
    const verdict = (await pins?.verdict(server, tool)) ?? 'approved'
    if (verdict === 'approved') listed.push({ client, tool })
    else unapproved.push({ server, tool: tool.name, reason: reasons[verdict] })
  }
  return { listed, refused: [...refused.map((each) => ({ server, ...each })), ...unapproved] }
}

/** A name that is still free. */
const freeName = (wanted: string, isTaken: (name: string) => boolean): string => {
  let name = wanted
  for (let count = 2; isTaken(name); count += 1)
    name = `${wanted.slice(0, maxName - `_${count}`.length)}_${count}`
  return name
}

const nameTools = (listed: readonly Listed[], { prefix, taken = [] }: ToolsetOptions) => {
  const counts = new Map<string, number>(taken.map((name) => [name, 1]))
  for (const { tool } of listed)
    counts.set(toToolName(tool.name), (counts.get(toToolName(tool.name)) ?? 0) + 1)
  const used = new Set(taken)
  const collisions: Record<string, string[]> = {}
  const named = listed.map(({ client, tool }) => {
    const bare = toToolName(tool.name)
    const collides = (counts.get(bare) ?? 0) > 1
    const wanted = collides || prefix === 'always' ? toToolName(`${client.name}_${tool.name}`) : bare
    const name = freeName(wanted, (each) => used.has(each))
    used.add(name)
    if (collides) (collisions[bare] ??= []).push(name)
    return { name, client, tool }
  })
  return { named, collisions }
}

/** Asks the servers for their tools, all at once, and puts together what an agent may use. */
export const collectToolset = async (options: ToolsetOptions, setting: ToolsetSetting): Promise<Toolset> => {
  const { servers, pins, emit } = setting
  const unavailable: Toolset['unavailable'][number][] = []
  const answers = await Promise.all(
    servers.map(async (server) => {
      try {
        return await listServer(server, options, pins)
      } catch (error) {
        if (!McpError.isInstance(error)) throw error
        unavailable.push({ server: server.client.name, error })
        return { listed: [], refused: [] }
      }
    }),
  )
  const { named, collisions } = nameTools(
    answers.flatMap(({ listed }) => listed),
    options,
  )
  const refused = answers.flatMap((answer) => answer.refused)
  for (const { server, tool, reason } of refused) emit({ type: 'tool-refuse', server, tool, reason })
  for (const [tool, names] of Object.entries(collisions)) emit({ type: 'name-collision', tool, names })
  const tools: Record<string, Tool> = {}
  const origins: Record<string, ToolOrigin> = {}
  for (const { name, client, tool } of named) {
    tools[name] = toTool(client, tool, { ...options, ...(pins && { beforeCall: pinned(client, pins) }) })
    origins[name] = { server: client.name, tool: tool.name }
  }
  return { tools, origins, collisions, refused, unavailable }
}
