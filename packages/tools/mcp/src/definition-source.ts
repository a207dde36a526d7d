import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { McpInput } from './expand-variables.ts'
import type { DefinitionSource } from './mcp-client.ts'
import { resolveDefinition } from './resolve-definition.ts'
import type { ServerConfig } from './server-config.ts'
import type { ServerDefinition } from './server-definition.ts'

/** Where the variables of definitions get their values. */
export interface DefinitionSourceOptions {
  /** The environment: for `${VAR}`, and in part for child processes. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Asks the person for what a definition needs (`${input:…}`). @default the input's default, else an error */
  readonly onInput?: (input: McpInput) => string | Promise<string>
  /** `${workspaceFolder}`, and where relative paths start. @default the current folder */
  readonly folder?: string
}

/** A definition whose variables are expanded when it is needed. */
export const definitionSource =
  (
    {
      server,
      definition,
      config,
    }: { readonly server: string; readonly definition: ServerDefinition; readonly config: ServerConfig },
    { env = process.env, onInput, folder = process.cwd() }: DefinitionSourceOptions,
  ): DefinitionSource =>
  (secrets) =>
    resolveDefinition(definition, {
      server,
      env,
      inputs: config.inputs,
      onInput,
      folder,
      readFile: (path) => readFile(resolve(folder, path), 'utf8'),
      secrets,
    })
