import { InvalidArgument, isObject } from '@ashlar/core'
import { parse, type ParseError, printParseErrorCode } from 'jsonc-parser'
import type { McpInput } from './expand-variables.ts'
import type { HttpDefinition, ServerDefinition, StdioDefinition } from './server-definition.ts'

/** Servers by name, their variables not yet expanded, with what the file says beside them. */
export interface ServerConfig {
  readonly servers: Readonly<Record<string, ServerDefinition>>
  /** Names of servers by the name of their group. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** What the person is asked for. */
  readonly inputs: readonly McpInput[]
}

type Fields = Readonly<Record<string, unknown>>

const wrong = (where: string, expected: string, received: unknown): InvalidArgument =>
  new InvalidArgument(where, expected, typeof received === 'object' ? JSON.stringify(received) : received)

const text = (where: string, value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(where, 'a text', value)
}

const texts = (where: string, value: unknown): string[] => {
  if (!Array.isArray(value)) throw wrong(where, 'a list of texts', value)
  return value.map((item: unknown, index) =>
    typeof item === 'string' ? item : text(`${where}[${index}]`, item),
  )
}

/** Numbers and booleans are taken for what they are written as, as clients do; null is left out. */
const textsByName = (where: string, value: unknown): Record<string, string> => {
  if (!isObject(value)) throw wrong(where, 'an object of texts', value)
  const entries = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(
    entries.map(([name, item]) => [
      name,
      typeof item === 'number' || typeof item === 'boolean'
        ? String(item)
        : item === ''
          ? ''
          : text(`${where}.${name}`, item),
    ]),
  )
}

const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value)

const milliseconds = (where: string, value: unknown): number => {
  if (typeof value === 'number' && value > 0) return value
  throw wrong(where, 'a number of milliseconds', value)
}

/** `undefined` left out, so that the definitions stay plain. */
const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.assign(
    {},
    ...Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [{ [key]: value }])),
  )

/** OpenCode's `timeout` is for listing the tools, not for calls. */
const timeoutOf = ({ type, timeoutMs, timeout }: Fields): unknown =>
  timeoutMs ?? (type === 'local' || type === 'remote' ? undefined : timeout)

const commonOf = (where: string, fields: Fields) =>
  given({
    timeoutMs: optional(timeoutOf(fields), (value) => milliseconds(`${where}.timeout`, value)),
    allow: optional(fields['allow'] ?? fields['includeTools'], (value) => texts(`${where}.allow`, value)),
    deny: optional(fields['deny'] ?? fields['excludeTools'], (value) => texts(`${where}.deny`, value)),
    disabled: fields['disabled'] === true || fields['enabled'] === false ? true : undefined,
  })

/** OpenCode writes the command and its arguments as one list. */
const stdioOf = (where: string, fields: Fields): StdioDefinition => {
  const { command } = fields
  const isList = Array.isArray(command)
  const [program, ...rest] = isList ? texts(`${where}.command`, command) : [text(`${where}.command`, command)]
  if (program === undefined) throw wrong(`${where}.command`, 'at least the program', command)
  const args = [...rest, ...(optional(fields['args'], (value) => texts(`${where}.args`, value)) ?? [])]
  return {
    type: 'stdio',
    command: program,
    ...given({
      args: args.length > 0 ? args : undefined,
      env: optional(fields['env'] ?? fields['environment'], (value) => textsByName(`${where}.env`, value)),
      envFile: optional(fields['envFile'], (value) => text(`${where}.envFile`, value)),
      cwd: optional(fields['cwd'], (value) => text(`${where}.cwd`, value)),
    }),
    ...commonOf(where, fields),
  }
}

const httpOf = (where: string, fields: Fields): HttpDefinition => ({
  type: fields['type'] === 'sse' ? 'sse' : 'http',
  url: text(`${where}.url`, fields['url'] ?? fields['serverUrl'] ?? fields['httpUrl']),
  ...given({ headers: optional(fields['headers'], (value) => textsByName(`${where}.headers`, value)) }),
  ...commonOf(where, fields),
})

const kinds: Readonly<Record<string, 'stdio' | 'http'>> = {
  stdio: 'stdio',
  local: 'stdio',
  http: 'http',
  sse: 'http',
  remote: 'http',
  'streamable-http': 'http',
  streamableHttp: 'http',
}

const definitionOf = (where: string, value: unknown): ServerDefinition => {
  if (!isObject(value)) throw wrong(where, 'the definition of a server', value)
  const { type } = value
  const implied = 'command' in value ? 'stdio' : 'http'
  const kind = type === undefined ? implied : typeof type === 'string' ? kinds[type] : undefined
  if (!kind) throw wrong(`${where}.type`, Object.keys(kinds).join(', '), type)
  return kind === 'stdio' ? stdioOf(where, value) : httpOf(where, value)
}

const inputOf = (where: string, value: unknown): McpInput => {
  if (!isObject(value)) throw wrong(where, 'an input', value)
  return {
    id: text(`${where}.id`, value['id']),
    ...given({
      description: optional(value['description'], (item) => text(`${where}.description`, item)),
      password: value['password'] === true ? true : undefined,
      default: optional(value['default'], String),
      options: optional(value['options'], (item) => texts(`${where}.options`, item)),
    }),
  }
}

/** Where the clients keep their servers: Claude Code, VS Code, OpenCode. */
const keys = ['mcpServers', 'servers', 'mcp'] as const

/**
 * Reads the definitions of servers as Claude Code (`mcpServers`), VS Code (`servers`, `inputs`) and OpenCode (`mcp`)
 * write them, parsed or as text, comments and trailing commas allowed. `groups` beside them is ours.
 * @throws InvalidArgument naming the place
 */
export const readServerConfig = (config: unknown, where = 'config'): ServerConfig => {
  const parsed = typeof config === 'string' ? parseText(config, where) : config
  if (!isObject(parsed)) throw wrong(where, 'an object', parsed)
  const key = keys.find((name) => isObject(parsed[name]))
  const listed = key === undefined ? undefined : parsed[key]
  if (!isObject(listed))
    throw wrong(where, `an object with ${keys.join(', ')}`, Object.keys(parsed).join(', '))
  // VS Code's settings have its file inside `mcp`.
  if (key === 'mcp' && isObject(listed['servers'])) return readServerConfig(listed, `${where}.mcp`)
  const servers = Object.entries(listed).map(
    ([name, value]) => [name, definitionOf(`${where}.${key}.${name}`, value)] as const,
  )
  const { inputs = [], groups = {} } = parsed
  if (!Array.isArray(inputs)) throw wrong(`${where}.inputs`, 'a list', inputs)
  if (!isObject(groups)) throw wrong(`${where}.groups`, 'an object', groups)
  return {
    servers: Object.fromEntries(servers),
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, members]) => [name, texts(`${where}.groups.${name}`, members)]),
    ),
    inputs: inputs.map((input: unknown, index) => inputOf(`${where}.inputs[${index}]`, input)),
  }
}

const parseText = (source: string, where: string): unknown => {
  const errors: ParseError[] = []
  const parsed: unknown = parse(source, errors, { allowTrailingComma: true })
  const [first] = errors
  if (!first) return parsed
  const line = source.slice(0, first.offset).split('\n').length
  throw wrong(where, 'JSON, with comments if you like', `${printParseErrorCode(first.error)} in line ${line}`)
}
