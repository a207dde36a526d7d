import { isObject } from '@ashlar/core'
import type { ConfigIssue } from './config-error.ts'
import { type ConfigNode, mergeTrees, nodeAt, treeOf } from './config-tree.ts'
import { suggestionFor } from './nearest-word.ts'
import { type ConfigPath, type Origin, toPath } from './origin.ts'
import { type SchemaView, typesOf, viewAt } from './schema-view.ts'
import { treeOfData } from './tree-builder.ts'

const asJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** A text as what the schema wants here; the text itself where nothing fits, for the schema to complain of. */
const toSetting = (text: string, view: SchemaView): unknown => {
  const types = typesOf(view)
  if (types.has('string') || types.size === 0) return text
  const value = asJson(text)
  if (typeof value === 'number' && (types.has('number') || types.has('integer'))) return value
  if (typeof value === 'boolean' && types.has('boolean')) return value
  if (types.has('array')) return Array.isArray(value) ? value : text.split(',').map((item) => item.trim())
  if (isObject(value) && types.has('object')) return value
  return value === null && types.has('null') ? null : text
}

const plain = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '')

/** A word of a name that is no key where it stands. */
interface UnknownWord {
  readonly below: ConfigPath
  readonly word: string
  readonly known: readonly string[]
}

/** `LIMITS__MAX_STEPS` as the path `limits.maxSteps`. */
const pathOf = (
  name: string,
  { view, lower }: { view: SchemaView; lower: ConfigNode | undefined },
): ConfigPath | UnknownWord => {
  let at = view
  const path: string[] = []
  for (const word of name.split('__')) {
    const node = nodeAt(lower, path)
    const known = [...at.keys, ...(node?.kind === 'branch' ? node.entries.keys() : [])]
    const key = known.find((each) => plain(each) === plain(word))
    if (word === '' || (key === undefined && (!at.isOpen || path.length === 0)))
      return { below: path, word, known: at.keys }
    path.push(key ?? word.toLowerCase())
    at = at.at(path.at(-1) ?? '')
  }
  return path
}

/** What settings by name need to know. */
export interface NamedOptions {
  readonly view: SchemaView
  readonly issues: ConfigIssue[]
}

const addSetting = (
  tree: ConfigNode | undefined,
  setting: { path: ConfigPath; value: unknown; origin: Origin },
  { view, issues }: NamedOptions,
): ConfigNode | undefined => {
  const { path, value, origin } = setting
  const data = typeof value === 'string' ? toSetting(value, viewAt(view, path)) : value
  const node = treeOfData(data, origin, issues)
  return node ? mergeTrees(tree, treeOf(path, node)) : tree
}

/**
 * The variables with a prefix that name settings: `ASHLAR_LIMITS__STEPS` is `limits.steps`. Where the first word is a
 * setting and another is none, that is an issue; all others may belong to someone else, so they are only told of.
 */
export const readEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  options: NamedOptions & { readonly prefix: string; readonly lower: ConfigNode | undefined },
): { readonly tree: ConfigNode | undefined; readonly unused: readonly string[] } => {
  const { prefix } = options
  let tree: ConfigNode | undefined
  const unused: string[] = []
  // The shorter path first, so that a key inside of an object goes over the object.
  const names = Object.keys(env)
    .filter((name) => name.startsWith(prefix))
    .toSorted()
  for (const name of names) {
    const value = env[name]
    const path = value === undefined ? undefined : pathOf(name.slice(prefix.length), options)
    const origin: Origin = { layer: 'env', name }
    if (path === undefined) continue
    if (!('word' in path)) tree = addSetting(tree, { path, value, origin }, options)
    else if (path.below.length === 0 || path.word === '') unused.push(name)
    else
      options.issues.push({
        path: [...path.below, path.word],
        origin,
        message: `unknown key${suggestionFor(path.word, path.known)}`,
      })
  }
  return { tree, unused }
}

/** Flags by path: `{ 'limits.steps': '20' }`. Texts become what the schema wants. */
export const readFlags = (
  flags: Readonly<Record<string, unknown>>,
  options: NamedOptions,
): ConfigNode | undefined => {
  let tree: ConfigNode | undefined
  for (const [name, value] of Object.entries(flags)) {
    const path = toPath(name)
    const origin: Origin = { layer: 'flags', name }
    if (path.some((key) => key === '' || key === '__proto__'))
      options.issues.push({ path, origin, message: 'expected keys with dots between them' })
    else if (value !== undefined) tree = addSetting(tree, { path, value, origin }, options)
  }
  return tree
}
