import { isObject } from '@ashlar/core'
import type { ConfigIssue } from './config-error.ts'
import type { ConfigNode } from './config-tree.ts'
import type { ConfigPath, Origin } from './origin.ts'

/** Deepest nesting of keys and lists. */
const deepest = 64
/** Most values in one layer, aliases written out. */
const most = 50_000
/** Most wrong keys told of one layer. */
const mostKeys = 20

/** Looks over the nodes of one layer while they are made, against trees that are too big, too deep, or no data. */
export interface TreeGuard {
  /** False, with an issue, when the layer is too deep or too big to go on with. */
  readonly admits: (path: ConfigPath, origin: Origin) => boolean
  /** False, with an issue, for a key that may not be, or is there twice. */
  readonly admitsKey: (
    key: string,
    at: { path: ConfigPath; origin: Origin; seen: ReadonlyMap<string, unknown> },
  ) => boolean
}

/** @param issues where problems are put */
export const createTreeGuard = (issues: ConfigIssue[]): TreeGuard => {
  let count = 0
  let wrong = 0
  return {
    admits: (path, origin) => {
      count++
      if (path.length > deepest) {
        issues.push({ path: path.slice(0, 8), origin, message: `nested more than ${deepest} levels deep` })
        return false
      }
      if (count === most + 1) issues.push({ path: [], origin, message: `more than ${most} values` })
      return count <= most
    },
    admitsKey: (key, { path, origin, seen }) => {
      const isTwice = seen.has(key)
      if (isTwice || key === '__proto__') wrong++
      if (wrong > mostKeys) return !isTwice && key !== '__proto__'
      if (isTwice) issues.push({ path: [...path, key], origin, message: 'this key is there twice' })
      if (key === '__proto__')
        issues.push({ path: [...path, key], origin, message: 'a key of this name is not allowed' })
      return !isTwice && key !== '__proto__'
    },
  }
}

/** The tree of data that is of one origin: defaults, what a program exports, flags. */
export const treeOfData = (data: unknown, origin: Origin, issues: ConfigIssue[]): ConfigNode | undefined => {
  const guard = createTreeGuard(issues)
  const build = (value: unknown, path: ConfigPath): ConfigNode | undefined => {
    if (!guard.admits(path, origin)) return undefined
    if (value === null || typeof value === 'string' || typeof value === 'boolean')
      return { kind: 'leaf', value, origin }
    if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'leaf', value, origin }
    if (Array.isArray(value))
      return {
        kind: 'list',
        items: value.map((item, index) => build(item, [...path, index])).filter((item) => item !== undefined),
        origin,
      }
    const prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : undefined
    if (!isObject(value) || (prototype !== null && Object.getPrototypeOf(Object(prototype)) !== null)) {
      issues.push({ path, origin, message: `expected plain data, received a ${typeof value}` })
      return undefined
    }
    const entries = new Map<string, ConfigNode>()
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || !guard.admitsKey(key, { path, origin, seen: entries })) continue
      const node = build(item, [...path, key])
      if (node) entries.set(key, node)
    }
    return { kind: 'branch', entries, origin }
  }
  return build(data, [])
}
