import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InvalidArgument, isObject } from '@ashlar/core'
import type * as Sdk from '@modelcontextprotocol/client'

/** Whether a tool is the one that was approved. */
export type PinVerdict = 'approved' | 'changed' | 'new'

/** How the tools of a server differ from those that were approved. */
export interface PinDiff {
  readonly changed: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** The definitions of tools that a person has approved, by their hashes. */
export interface ToolPins {
  verdict(server: string, tool: Sdk.Tool): Promise<PinVerdict>
  diff(server: string, tools: readonly Sdk.Tool[]): Promise<PinDiff>
  /** Approves these definitions in place of all that were approved of the server, and writes the file. */
  approve(server: string, tools: readonly Sdk.Tool[]): Promise<void>
}

type Hashes = Readonly<Record<string, string>>
type Servers = Readonly<Record<string, Hashes>>

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  const keys = Object.keys(value).toSorted()
  return Object.fromEntries(keys.map((key) => [key, canonical(value[key])]))
}

/** What of a tool a model reads, and what its effects are said to be. The order of keys does not matter. */
const hashTool = ({ name, title, description, inputSchema, outputSchema, annotations }: Sdk.Tool): string => {
  const seen = JSON.stringify(canonical({ name, title, description, inputSchema, outputSchema, annotations }))
  return `sha256-${createHash('sha256').update(seen).digest('base64url')}`
}

const parseLock = (file: string, text: string): Servers => {
  const lock: unknown = JSON.parse(text)
  if (!isObject(lock) || lock['version'] !== 1 || !isObject(lock['servers']))
    throw new InvalidArgument(file, 'a lockfile of version 1', text.slice(0, 100))
  const servers = Object.entries(lock['servers']).map(([server, hashes]) => {
    const entries = Object.entries(isObject(hashes) ? hashes : {})
    return [server, Object.fromEntries(entries.map(([tool, hash]) => [tool, String(hash)]))] as const
  })
  return Object.fromEntries(servers)
}

const read = async (file: string): Promise<Servers> => {
  try {
    return parseLock(file, await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

/** Whole or not at all, also when this process is killed. */
const write = async (file: string, servers: Servers): Promise<void> => {
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}`
  await writeFile(temporary, `${JSON.stringify(canonical({ version: 1, servers }), null, 2)}\n`)
  await rename(temporary, file)
}

/**
 * Pins in a lockfile, to be kept under version control. It is read at each question, so that approving takes effect in
 * programs that run. A file that cannot be read refuses everything.
 */
export const filePins = (file: string): ToolPins => {
  const approvedOf = async (server: string): Promise<Hashes> => {
    const servers = await read(file)
    return (Object.hasOwn(servers, server) && servers[server]) || {}
  }
  const judge = (approved: Hashes, tool: Sdk.Tool): PinVerdict => {
    if (!Object.hasOwn(approved, tool.name)) return 'new'
    return approved[tool.name] === hashTool(tool) ? 'approved' : 'changed'
  }
  return {
    verdict: async (server, tool) => judge(await approvedOf(server), tool),
    diff: async (server, tools) => {
      const approved = await approvedOf(server)
      const named = (verdict: PinVerdict): string[] =>
        tools.filter((tool) => judge(approved, tool) === verdict).map(({ name }) => name)
      const present = new Set(tools.map(({ name }) => name))
      const removed = Object.keys(approved).filter((name) => !present.has(name))
      return { changed: named('changed'), added: named('new'), removed }
    },
    approve: async (server, tools) => {
      const hashes = Object.fromEntries(tools.map((tool) => [tool.name, hashTool(tool)]))
      await write(file, { ...(await read(file)), [server]: hashes })
    },
  }
}
