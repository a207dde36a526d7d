import { dirname, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { expandVariables, type VariableSource } from './expand-variables.ts'
import type { HttpDefinition, ServerDefinition, StdioDefinition } from './server-definition.ts'

type Texts = Readonly<Record<string, string>>

const expandAll = async (texts: readonly string[], source: VariableSource): Promise<string[]> => {
  const expanded: string[] = []
  // One after the other: a person is asked one question at a time.
  for (const text of texts) expanded.push(await expandVariables(text, source))
  return expanded
}

const expandValues = async (texts: Texts, source: VariableSource): Promise<Record<string, string>> => {
  const values = await expandAll(Object.values(texts), source)
  return Object.fromEntries(Object.keys(texts).map((name, index) => [name, values[index] ?? '']))
}

const resolveStdio = async (
  definition: StdioDefinition,
  source: VariableSource,
): Promise<StdioDefinition> => {
  const { command, args, env, envFile, cwd, ...rest } = definition
  const [program = command] = await expandAll([command], source)
  const file = envFile === undefined ? undefined : await expandVariables(envFile, source)
  const fromFile = file === undefined ? {} : parseEnv(await source.readFile(file))
  const own = await expandValues(env ?? {}, source)
  // parseEnv's type allows what its result never has.
  const all = Object.fromEntries(
    Object.entries({ ...fromFile, ...own }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
  return {
    ...rest,
    command: program,
    ...(args && { args: await expandAll(args, source) }),
    ...(Object.keys(all).length > 0 && { env: all }),
    ...(cwd !== undefined && { cwd: resolve(source.folder, await expandVariables(cwd, source)) }),
  }
}

const resolveHttp = async (definition: HttpDefinition, source: VariableSource): Promise<HttpDefinition> => {
  const { headers } = definition
  return {
    ...definition,
    url: await expandVariables(definition.url, source),
    ...(headers && { headers: await expandValues(headers, source) }),
  }
}

/** A definition with its variables expanded. @throws McpError naming a variable that has no value */
export const resolveDefinition = (
  definition: ServerDefinition,
  source: VariableSource,
): Promise<ServerDefinition> =>
  definition.type === 'stdio' ? resolveStdio(definition, source) : resolveHttp(definition, source)

/** The folder that a file's relative paths are meant from: `.vscode` and the like stand inside it. */
export const folderOf = (file: string): string => {
  const folder = dirname(resolve(file))
  return /[/\\]\.[^/\\]+$/.test(folder) ? dirname(folder) : folder
}
