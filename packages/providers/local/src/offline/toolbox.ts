import { isObject, type ToolSpec } from '@ashlar/core'

/** A tool whose use is understood, with the names of the arguments that matter. */
export interface FileTool {
  readonly name: string
  /** The argument that takes a file or folder. */
  readonly path?: string
  /** The argument that takes a glob or a text to find. */
  readonly pattern?: string
  /** The argument that takes the text to write. */
  readonly text?: string
  /** Whether a pattern can be taken as plain text. */
  readonly literal?: string
}

/** The tools of a request by what they are good for. */
export interface Toolbox {
  readonly list?: FileTool
  readonly glob?: FileTool
  readonly read?: FileTool
  readonly write?: FileTool
  readonly search?: FileTool
  /** Tools that are none of these. */
  readonly others: readonly ToolSpec[]
}

type Role = Exclude<keyof Toolbox, 'others'>

const argumentNames = {
  path: ['path', 'file', 'filename', 'filepath', 'folder', 'directory', 'dir', 'uri'],
  pattern: ['pattern', 'glob', 'query', 'regex', 'search'],
  text: ['text', 'content', 'contents', 'body', 'data'],
  literal: ['literal', 'fixedstrings'],
} as const

/** `read_file`, `readFile` and `read-file` have the same words. */
export const nameWords = (name: string): string[] =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter(Boolean)

const argumentsOf = ({ name, inputSchema }: ToolSpec): FileTool => {
  const { properties } = inputSchema
  const known = Object.keys(isObject(properties) ? properties : {})
  const find = (names: readonly string[]): string | undefined => {
    for (const wanted of names) {
      const found = known.find((key) => key.replaceAll(/[_-]/g, '').toLowerCase() === wanted)
      if (found !== undefined) return found
    }
    return undefined
  }
  const found = Object.entries(argumentNames).map(([role, names]) => [role, find(names)] as const)
  return { name, ...Object.fromEntries(found.filter(([, key]) => key !== undefined)) }
}

const roles: readonly (readonly [Role, RegExp, (tool: FileTool) => boolean])[] = [
  [
    'write',
    /^(?:write|save|create|put|store)$/,
    ({ path, text }) => path !== undefined && text !== undefined,
  ],
  ['read', /^(?:read|open|cat|load|view|get)$/, ({ path, text }) => path !== undefined && text === undefined],
  ['search', /^(?:grep|search|rg)$/, ({ pattern }) => pattern !== undefined],
  ['glob', /^(?:glob|find)$/, ({ pattern }) => pattern !== undefined],
  ['list', /^(?:list|ls|dir|tree)$/, ({ pattern, text }) => pattern === undefined && text === undefined],
]

/** By its name, and where that says nothing, by the first word of its description. */
const roleOf = (spec: ToolSpec, tool: FileTool): Role | undefined => {
  const first = nameWords(spec.description)
    .slice(0, 1)
    .map((word) => word.replace(/(?<=[a-z]{3})e?s$/, ''))
  for (const words of [nameWords(spec.name), [...first, ...first.map((word) => `${word}e`)]]) {
    const role = roles.find(([, name, fits]) => words.some((word) => name.test(word)) && fits(tool))
    if (role) return role[0]
  }
  return undefined
}

/** Sorts the tools of a request by their names, descriptions and arguments; the first of each kind is taken. */
export const toolboxOf = (tools: readonly ToolSpec[] = []): Toolbox => {
  const known: Partial<Record<Role, FileTool>> = {}
  const others: ToolSpec[] = []
  for (const spec of tools) {
    const tool = argumentsOf(spec)
    const role = roleOf(spec, tool)
    if (role === undefined) others.push(spec)
    else known[role] ??= tool
  }
  return { ...known, others }
}
