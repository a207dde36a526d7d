import { McpError } from './mcp-error.ts'
import type { Secrets } from './secrets.ts'

/** What a definition asks the person for: VS Code's `inputs`. */
export interface McpInput {
  readonly id: string
  readonly description?: string | undefined
  /** It is not to be seen while it is typed. */
  readonly password?: boolean | undefined
  readonly default?: string | undefined
  /** The only answers there are. */
  readonly options?: readonly string[] | undefined
}

/** Where the values of variables come from. */
export interface VariableSource {
  readonly server: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly inputs: readonly McpInput[]
  /** Asks for an input. @default the input's own default, else an error */
  readonly onInput?: ((input: McpInput) => string | Promise<string>) | undefined
  /** VS Code's `${workspaceFolder}`. */
  readonly folder: string
  readonly readFile: (path: string) => Promise<string>
  readonly secrets: Secrets
}

const invalid = (server: string, message: string): McpError =>
  new McpError({ code: 'invalid-config', server, message: `${server}: ${message}` })

/** A variable of the environment, or its default. What comes from there may be a secret. */
const fromEnvironment = (source: VariableSource, name: string, fallback: string | undefined): string => {
  const value = source.env[name] ?? fallback
  if (value === undefined)
    throw invalid(source.server, `the environment variable ${name} is not set, and the definition needs it`)
  source.secrets.add(value, name)
  return value
}

const fromInput = async (source: VariableSource, id: string): Promise<string> => {
  const input = source.inputs.find((each) => each.id === id)
  if (!input)
    throw invalid(source.server, `the definition needs the input "${id}", which its file does not declare`)
  const value = (await source.onInput?.(input)) ?? input.default
  if (value === undefined)
    throw invalid(
      source.server,
      `the definition needs the input "${id}": ${input.description ?? 'nobody can be asked'}`,
    )
  source.secrets.add(value, input.password ? undefined : 'input')
  return value
}

const home = (env: VariableSource['env']): string | undefined => env['HOME'] ?? env['USERPROFILE']

/** `${…}` as Claude Code and VS Code write it, `{…}` as OpenCode does. */
const variable = /\$\{(?<braced>[^{}]+)\}|\{(?<kind>env|file):(?<bare>[^{}]+)\}/g

const expandBraced = async (source: VariableSource, text: string): Promise<string | undefined> => {
  const [, prefix, rest = ''] = /^(?<prefix>env|input|command|config):(?<rest>.*)$/s.exec(text) ?? []
  if (prefix === 'env') return fromEnvironment(source, rest, '')
  if (prefix === 'input') return fromInput(source, rest)
  if (prefix !== undefined) throw invalid(source.server, `\${${text}} can only be known inside the editor`)
  if (text === 'workspaceFolder' || text === 'CLAUDE_PROJECT_DIR') return source.env[text] ?? source.folder
  if (text === 'userHome') return home(source.env)
  if (text === 'pathSeparator' || text === '/') return process.platform === 'win32' ? '\\' : '/'
  const [, name, fallback] = /^(?<name>[A-Za-z_]\w*)(?::-(?<fallback>.*))?$/s.exec(text) ?? []
  return name === undefined ? undefined : fromEnvironment(source, name, fallback)
}

const expandBare = async (source: VariableSource, kind: string, rest: string): Promise<string> => {
  if (kind === 'env') return fromEnvironment(source, rest, '')
  const value = (await source.readFile(rest)).trim()
  source.secrets.add(value)
  return value
}

/**
 * The text with its variables replaced: `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `${input:id}`, `${workspaceFolder}`,
 * `${userHome}`, `{env:VAR}`, `{file:path}`. A value is not looked at again.
 * @throws McpError naming a variable that has no value
 */
export const expandVariables = async (text: string, source: VariableSource): Promise<string> => {
  let expanded = ''
  let from = 0
  for (const found of text.matchAll(variable)) {
    const { braced, kind, bare } = found.groups ?? {}
    const value =
      braced === undefined
        ? await expandBare(source, kind ?? '', bare ?? '')
        : await expandBraced(source, braced)
    expanded += text.slice(from, found.index) + (value ?? found[0])
    from = found.index + found[0].length
  }
  return expanded + text.slice(from)
}
