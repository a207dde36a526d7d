import type { JsonValue } from '@ashlar/core'
import type { ConfigPath, Origin } from './origin.ts'

/** A value that has no parts. */
export interface ConfigLeaf {
  readonly kind: 'leaf'
  readonly value: string | number | boolean | null
  readonly origin: Origin
  /** Where its key is, if that is not where its value is. */
  readonly key?: Origin
}

/** A list; a stronger layer replaces it as a whole, unless lists of this place add up. */
export interface ConfigList {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly origin: Origin
  readonly key?: Origin
  /** Its items come after those of weaker layers. */
  readonly adds?: true
  /** It took the place of something else than a list, so that nothing weaker is added to. */
  readonly replaces?: true
}

/** Keys with values; those of several layers are merged. */
export interface ConfigBranch {
  readonly kind: 'branch'
  readonly entries: ReadonlyMap<string, ConfigNode>
  readonly origin: Origin
  readonly key?: Origin
  /** It took the place of something else than keys, so that nothing weaker shines through. */
  readonly replaces?: true
}

/** A part of the configuration that knows where it comes from. */
export type ConfigNode = ConfigLeaf | ConfigList | ConfigBranch

/** A branch without keys. */
export const emptyBranch = (origin: Origin): ConfigBranch => ({ kind: 'branch', entries: new Map(), origin })

/** A list after the weaker one of its place. */
const addItems = (weak: ConfigNode, strong: ConfigList): ConfigList =>
  weak.kind === 'list'
    ? { ...strong, items: [...weak.items, ...strong.items], ...(weak.replaces && { replaces: true }) }
    : { ...strong, replaces: true }

/**
 * Two layers as one: keys are merged, lists that add up are put one after the other, anything else is replaced by the
 * stronger. Associative, so that it does not matter which layers are merged first.
 */
export const mergeTrees = (
  weak: ConfigNode | undefined,
  strong: ConfigNode | undefined,
): ConfigNode | undefined => {
  if (!weak || !strong) return strong ?? weak
  if (strong.kind === 'leaf' || strong.replaces) return strong
  if (strong.kind === 'list') return strong.adds ? addItems(weak, strong) : strong
  if (weak.kind !== 'branch') return { ...strong, replaces: true }
  const entries = new Map(weak.entries)
  for (const [key, node] of strong.entries) {
    const merged = mergeTrees(entries.get(key), node)
    if (merged) entries.set(key, merged)
  }
  return { ...strong, entries, ...(weak.replaces && { replaces: true }) }
}

/** The tree with the lists at a path, where `*` is any key, made such that add up. */
export const withAddingLists = (node: ConfigNode, [key, ...rest]: ConfigPath): ConfigNode => {
  if (key === undefined) return node.kind === 'list' ? { ...node, adds: true } : node
  if (node.kind !== 'branch') return node
  const entries = new Map(node.entries)
  for (const [name, child] of entries)
    if (key === '*' || key === name) entries.set(name, withAddingLists(child, rest))
  return { ...node, entries }
}

/** The plain data of a tree. */
export const toPlain = (node: ConfigNode): JsonValue => {
  if (node.kind === 'leaf') return node.value
  if (node.kind === 'list') return node.items.map(toPlain)
  return Object.fromEntries([...node.entries].map(([key, child]) => [key, toPlain(child)]))
}

const childOf = (node: ConfigNode, key: string | number): ConfigNode | undefined => {
  if (node.kind === 'branch') return node.entries.get(String(key))
  return node.kind === 'list' ? node.items[Number(key)] : undefined
}

/** What is at a path. */
export const nodeAt = (tree: ConfigNode | undefined, path: ConfigPath): ConfigNode | undefined => {
  let node = tree
  for (const key of path) node = node && childOf(node, key)
  return node
}

/** What is at a path, or the nearest thing above it. */
export const nearestNode = (tree: ConfigNode, path: ConfigPath): ConfigNode => {
  let node = tree
  for (const key of path) {
    const child = childOf(node, key)
    if (!child) return node
    node = child
  }
  return node
}

/** Every leaf with its path; empty lists and branches too. */
export function* leavesOf(
  node: ConfigNode,
  path: ConfigPath = [],
): Generator<readonly [ConfigPath, ConfigNode]> {
  if (node.kind === 'leaf') return yield [path, node]
  const children: Iterable<readonly [string | number, ConfigNode]> =
    node.kind === 'list' ? node.items.entries() : node.entries
  let isEmpty = true
  for (const [key, child] of children) {
    isEmpty = false
    yield* leavesOf(child, [...path, key])
  }
  if (isEmpty && path.length > 0) yield [path, node]
}

/** A tree with one value at a path. */
export const treeOf = (path: ConfigPath, node: ConfigNode): ConfigNode =>
  path.reduceRight<ConfigNode>(
    (inner, key) => ({ kind: 'branch', entries: new Map([[String(key), inner]]), origin: node.origin }),
    node,
  )
