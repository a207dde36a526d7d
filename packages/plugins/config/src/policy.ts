import { InvalidArgument, type JsonValue } from '@ashlar/core'
import type { ConfigIssue } from './config-error.ts'
import { type ConfigNode, nearestNode, nodeAt, toPlain, withAddingLists } from './config-tree.ts'
import { type ConfigPath, describeOrigin, formatPath, type LayerName, toPath } from './origin.ts'

/**
 * Which values are tighter than others: earlier in a list; numbers that are `less` or `more`; lists that are a `subset`
 * or a `superset`; or none, where a project may leave the value `unchanged` only. Lists of which a superset is tighter add
 * up: each layer and each agent's section puts its items after those that hold already.
 */
export type Tighter = readonly JsonValue[] | 'less' | 'more' | 'subset' | 'superset' | 'unchanged'

/** What a project's file may do with a setting. */
export interface PolicyRule {
  readonly tighter: Tighter
  /**
   * What holds where nobody sets it; without it, a project may not set what nothing weaker does. `'all'` of a `subset`:
   * every item there is, so that any list takes some away.
   */
  readonly base?: JsonValue
}

/** Rules by path; `*` is any key, and any item of a list. */
export type Policy = Readonly<Record<string, PolicyRule>>

const kinds: readonly unknown[] = ['less', 'more', 'subset', 'superset', 'unchanged']

/** @throws InvalidArgument when a rule is none */
export const checkPolicy = (policy: Policy): void => {
  for (const [path, { tighter }] of Object.entries(policy))
    if (!Array.isArray(tighter) && !kinds.includes(tighter))
      throw new InvalidArgument(
        `policy["${path}"].tighter`,
        `a list of values, or one of ${kinds.join(', ')}`,
        tighter,
      )
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const contains = (outer: JsonValue, inner: JsonValue): boolean =>
  Array.isArray(outer) &&
  Array.isArray(inner) &&
  inner.every((item) => outer.some((each) => same(each, item)))

/** Whether the second is as tight as the first. Unknown values are not. */
const isTightEnough = (tighter: Tighter, before: JsonValue, after: JsonValue): boolean => {
  if (same(before, after)) return true
  if (tighter === 'subset') return (before === 'all' && Array.isArray(after)) || contains(before, after)
  if (tighter === 'superset') return contains(after, before)
  if (tighter === 'less' || tighter === 'more')
    return (
      typeof before === 'number' &&
      typeof after === 'number' &&
      (tighter === 'less' ? after < before : after > before)
    )
  if (tighter === 'unchanged') return false
  const [first, second] = [before, after].map((value) => tighter.findIndex((each) => same(each, value)))
  return first !== undefined && second !== undefined && second >= 0 && second <= first
}

/** The tree with lists that add up, where a superset is tighter. */
export const withLists = (tree: ConfigNode, policy: Policy): ConfigNode =>
  Object.entries(policy)
    .filter(([, { tighter }]) => tighter === 'superset')
    .flatMap(([path]) => [path, `agents.*.${path}`])
    .reduce((marked, path) => withAddingLists(marked, toPath(path)), tree)

/** The paths that a pattern stands for in a tree. */
const matches = (tree: ConfigNode | undefined, pattern: ConfigPath): ConfigPath[] => {
  let paths: ConfigPath[] = [[]]
  for (const key of pattern)
    paths = paths.flatMap((path) => {
      if (key !== '*') return [[...path, key]]
      const node = nodeAt(tree, path)
      const below = node?.kind === 'branch' ? node.entries : node?.kind === 'list' ? node.items : []
      return [...below.keys()].map((each) => [...path, each])
    })
  return paths
}

/** The configuration without a project's file, and with it. */
export interface PolicyCheck {
  readonly before: ConfigNode
  readonly after: ConfigNode
  /** Where it is an agent's: its name, for the words. */
  readonly agent?: string
}

const wordsFor = (tighter: Tighter): string => {
  if (tighter === 'unchanged') return 'may not be set by a project'
  if (typeof tighter !== 'string') return `a project may only tighten it (${tighter.map(String).join(' < ')})`
  const how = { less: 'lower it', more: 'raise it', subset: 'take items away', superset: 'add items' }
  return `a project may only ${how[tighter]}`
}

const culpritOf = (tree: ConfigNode, path: ConfigPath): ConfigNode =>
  nodeAt(tree, path) ?? nearestNode(tree, path)

const layerWords: Readonly<Record<LayerName, string>> = {
  defaults: 'the defaults',
  user: 'your file',
  project: 'the project',
  env: 'the environment',
  flags: 'the flags',
}

/** Every place where a project's file is looser than what held before it, with both origins. */
export const checkLoosening = (policy: Policy, { before, after, agent }: PolicyCheck): ConfigIssue[] =>
  Object.entries(policy).flatMap(([pattern, { tighter, base }]) => {
    const keys = toPath(pattern)
    const paths = new Map(
      [...matches(before, keys), ...matches(after, keys)].map((path) => [formatPath(path), path]),
    )
    return [...paths.values()].flatMap((path): ConfigIssue[] => {
      const [was, is] = [nodeAt(before, path), nodeAt(after, path)]
      const [from, to] = [was ? toPlain(was) : base, is ? toPlain(is) : base]
      if (from === to || (from !== undefined && to !== undefined && isTightEnough(tighter, from, to)))
        return []
      const origin = culpritOf(after, path).origin
      if (origin.layer !== 'project') return []
      const set = was
        ? `${layerWords[was.origin.layer]} (${describeOrigin(was.origin)}) set it`
        : 'nothing else sets it'
      const whom = agent === undefined ? '' : ` for the agent "${agent}"`
      return [{ path, origin, message: `loosens a policy${whom}: ${wordsFor(tighter)}; ${set}` }]
    })
  })
