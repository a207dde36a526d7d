import type { JsonValue } from '@ashlar/core'
import { type ConfigBranch, type ConfigNode, leavesOf, mergeTrees, nodeAt, toPlain } from './config-tree.ts'
import { type ConfigPath, formatPath, type Origin, toPath } from './origin.ts'
import type { References } from './resolve-references.ts'
import { type SchemaView, viewAt } from './schema-view.ts'
import { isSecretPlace, mask, maskText } from './secret-names.ts'

/** A setting as it may be shown. */
export interface ConfigEntry {
  readonly path: string
  /** Secrets are masked, references shown as they are written. */
  readonly value: JsonValue
  readonly origin: Origin
}

/** A configuration that was found good. */
export interface Config<T> {
  /** All settings. References are still text, so nothing secret from elsewhere is in here. */
  readonly value: T
  /** The files that were read. */
  readonly files: readonly string[]
  /** Variables with the prefix that name no setting: somebody else's, or misspelt. */
  readonly unused: readonly string[]
  /** The names below `agents`. */
  readonly agents: readonly string[]
  /** The settings of one agent: its own section over everything outside of `agents`. */
  readonly forAgent: (name: string) => Omit<T, 'agents'>
  /** Where a setting comes from, one of an agent's where it is named; `undefined` when there is none. */
  readonly originOf: (path: string | ConfigPath, agent?: string) => Origin | undefined
  /** Every setting, masked, with its origin; those of one agent, where it is named. */
  readonly entries: (agent?: string) => ConfigEntry[]
  /** All settings as data that may be shown. */
  readonly masked: (agent?: string) => JsonValue
  /**
   * A part of `value` or `forAgent(…)` with its references looked up: `await config.resolve(config.value.providers)`.
   * @throws UnresolvedReference
   */
  readonly resolve: <Part>(part: Part) => Promise<Part>
  /** Everything with its references looked up, once more held against the schema. @throws UnresolvedReference, ConfigError */
  readonly resolveAll: () => Promise<T>
}

/** The section of the agents. */
const section = 'agents'

/** The names below `agents`. */
export const agentNames = (tree: ConfigNode): string[] => {
  const agents = nodeAt(tree, [section])
  return agents?.kind === 'branch' ? [...agents.entries.keys()] : []
}

/** The tree that holds for one agent. */
export const treeOfAgent = (tree: ConfigNode, name: string): ConfigNode => {
  if (tree.kind !== 'branch') return tree
  const entries = new Map(tree.entries)
  entries.delete(section)
  const common: ConfigBranch = { ...tree, entries }
  return mergeTrees(common, nodeAt(tree, [section, name])) ?? common
}

const maskNode = (node: ConfigNode, view: SchemaView, isSecret: boolean): JsonValue => {
  if (node.kind === 'list') return node.items.map((item, index) => maskNode(item, view.at(index), isSecret))
  if (node.kind === 'leaf') {
    if (typeof node.value === 'string') return maskText(node.value, isSecret)
    return isSecret && node.value !== null ? mask : node.value
  }
  return Object.fromEntries(
    [...node.entries].map(([key, child]) => {
      const below = view.at(key)
      return [key, maskNode(child, below, isSecret || (child.kind !== 'branch' && isSecretPlace(key, below)))]
    }),
  )
}

const lastKey = (path: ConfigPath): string | number | undefined =>
  path.findLast((key) => typeof key === 'string')

export interface ConfigParts<T> {
  readonly tree: ConfigNode
  readonly view: SchemaView
  readonly references: References
  readonly files: readonly string[]
  readonly unused: readonly string[]
  /** Tells the type of data that the schema was held against. */
  readonly typed: (data: unknown) => T
  readonly validate: (data: unknown) => Promise<T>
}

/** Makes a configuration of its parts. */
export const createConfig = <T>({
  tree,
  view,
  references,
  files,
  unused,
  typed,
  validate,
}: ConfigParts<T>): Config<T> => {
  const of = (agent?: string): ConfigNode => (agent === undefined ? tree : treeOfAgent(tree, agent))
  const viewOf = (path: ConfigPath, agent?: string): SchemaView => {
    const own = agent === undefined ? undefined : viewAt(view, [section, agent, ...path])
    return own && own.schemas.length > 0 ? own : viewAt(view, path)
  }
  return {
    value: typed(toPlain(tree)),
    files,
    unused,
    agents: agentNames(tree),
    forAgent: (name) => typed(toPlain(of(name))),
    originOf: (path, agent) => nodeAt(of(agent), toPath(path))?.origin,
    entries: (agent) =>
      [...leavesOf(of(agent))].map(([path, node]) => {
        const at = viewOf(path, agent)
        return {
          path: formatPath(path),
          value: maskNode(node, at, isSecretPlace(lastKey(path), at)),
          origin: node.origin,
        }
      }),
    masked: (agent) => maskNode(of(agent), view, false),
    resolve: async <Part>(part: Part): Promise<Part> => {
      const resolved: unknown = await references.resolve(part)
      // References are texts before and after.
      return resolved as Part
    },
    resolveAll: async () => validate(await references.resolve(toPlain(tree))),
  }
}
