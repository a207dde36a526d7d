import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { AshlarError, isObject } from '@ashlar/core'
import type { ConfigIssue } from './config-error.ts'
import { type ConfigNode, leavesOf } from './config-tree.ts'
import { filesIn, isExecutable } from './find-files.ts'
import type { ParseText } from './parse-text.ts'
import { decodeConfig, readConfigFile } from './read-file.ts'
import { type SchemaView, viewAt } from './schema-view.ts'
import { isSecretPlace } from './secret-names.ts'
import { parseTemplate, referencesOf } from './template.ts'
import { treeOfData } from './tree-builder.ts'
import { hashOf, type TrustStore } from './trust.ts'

/** The file of a layer, and what is in it. */
export interface FileLayer {
  readonly file: string
  readonly tree?: ConfigNode | undefined
}

export interface ReadLayerOptions {
  readonly layer: 'user' | 'project'
  /** The folders to look in; the first that has one counts. */
  readonly folders: readonly string[]
  /** The file's name without its ending. */
  readonly name: string
  readonly trust: TrustStore
  /** Of the schema: where secrets belong. */
  readonly view: SchemaView
  readonly issues: ConfigIssue[]
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const needsTrust = (file: string, why: string): string =>
  `${why}, so it needs your trust: read it, then run \`ashlar config trust ${file}\``

/** Imports a program with the text that was read, whatever stands in its file by now. */
const importRead = async (url: string, bytes: Uint8Array): Promise<unknown> => {
  // Node 22.15 and later; before that, what was changed meanwhile is found when it has run.
  const hooks = registerHooks?.({
    load: (asked, context, next) => {
      const loaded = next(asked, context)
      return asked === url ? { ...loaded, source: bytes } : loaded
    },
  })
  try {
    const loaded: unknown = await import(url)
    return loaded
  } finally {
    hooks?.deregister()
  }
}

/** What a program exports, afresh when its text has changed. */
const runProgram = async (file: string, bytes: Uint8Array): Promise<unknown> => {
  const url = pathToFileURL(file)
  url.searchParams.set('hash', hashOf(bytes))
  const loaded = await importRead(url.href, bytes)
  if (hashOf(await readConfigFile(file)) !== hashOf(bytes))
    throw new AshlarError('changed', 'it was changed while it was read: try again')
  const exported = isObject(loaded) ? loaded['default'] : undefined
  if (exported === undefined)
    throw new AshlarError('no-default', 'expected a default export: the configuration')
  return typeof exported === 'function' ? await exported() : exported
}

/** Loaded when there is such a file. */
const parserOf = async (file: string): Promise<ParseText> =>
  /\.jsonc?$/.test(file)
    ? (await import('./parse-json.ts')).parseJson
    : (await import('./parse-yaml.ts')).parseYaml

const readTree = async (file: string, options: ReadLayerOptions): Promise<ConfigNode | undefined> => {
  const { layer, issues, trust } = options
  const origin = { layer, file }
  const bytes = await readConfigFile(file)
  const isTrusted = layer === 'user' || (await trust.has(file, bytes))
  if (isExecutable(file)) {
    if (isTrusted) return treeOfData(await runProgram(file, bytes), origin, issues)
    issues.push({ path: [], origin, message: needsTrust(file, 'this file is run') })
    return undefined
  }
  const parse = await parserOf(file)
  const tree = parse({ text: decodeConfig(bytes), layer, file, issues })
  if (tree && !isTrusted) refuseReferences(tree, file, options)
  return tree
}

/** What a project that is not trusted may not look up. */
const refuseReferences = (
  tree: ConfigNode,
  file: string,
  { issues, view }: Pick<ReadLayerOptions, 'issues' | 'view'>,
): void => {
  for (const [path, node] of leavesOf(tree)) {
    if (node.kind !== 'leaf' || typeof node.value !== 'string') continue
    const references = referencesOf(node.value)
    const isWhole = parseTemplate(node.value)
    if (references.some(({ kind }) => kind === 'command'))
      issues.push({ path, origin: node.origin, message: needsTrust(file, 'this runs a command') })
    else if (references.length > 0 && Array.isArray(isWhole) && isWhole.length > 1)
      issues.push({
        path,
        origin: node.origin,
        message: needsTrust(file, 'this puts a variable into a text'),
      })
    // What is not masked may be shown, or sent to a model: instructions, say.
    else if (references.length > 0 && !isSecretPlace(path.at(-1), viewAt(view, path)))
      issues.push({
        path,
        origin: node.origin,
        message: needsTrust(file, 'this looks up a variable where no secret belongs'),
      })
  }
}

/** Reads the file of a layer. What is wrong with it is an issue; a layer without a file is `undefined`. */
export const readLayer = async (options: ReadLayerOptions): Promise<FileLayer | undefined> => {
  const { layer, folders, name, issues } = options
  for (const folder of folders) {
    const [file, second] = await filesIn(folder, name)
    if (file === undefined) continue
    const origin = { layer, file }
    if (second !== undefined) {
      issues.push({ path: [], origin, message: `there is ${second} as well: keep one of them` })
      return { file }
    }
    try {
      const tree = await readTree(file, options)
      if (!tree || tree.kind === 'branch') return { file, tree }
      issues.push({ path: [], origin: tree.origin, message: 'expected keys and values' })
    } catch (error) {
      const what = error instanceof RangeError ? 'nested too deeply' : messageOf(error)
      issues.push({ path: [], origin, message: `cannot be read: ${what}` })
    }
    return { file }
  }
  return undefined
}
