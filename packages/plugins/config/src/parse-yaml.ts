import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml'
import type { ConfigNode } from './config-tree.ts'
import type { ConfigPath, Origin } from './origin.ts'
import { createLocator, mostSyntaxIssues, type ParseText, type TextSource } from './parse-text.ts'
import { createTreeGuard, type TreeGuard } from './tree-builder.ts'

/** Most aliases followed in one file. */
const mostAliases = 100

interface Walk {
  readonly source: TextSource
  readonly document: Document
  readonly guard: TreeGuard
  readonly locate: (offset: number) => Origin
  /** Anchors being written out, against one that contains itself. */
  readonly open: Set<Node>
  aliases: number
}

const fail = ({ source, locate }: Walk, at: { path: ConfigPath; node: Node }, message: string): undefined => {
  source.issues.push({ path: at.path, origin: locate(at.node.range?.[0] ?? 0), message })
}

const follow = (walk: Walk, node: Node, path: ConfigPath): ConfigNode | undefined => {
  // Before it is looked for: that takes as long as the file is.
  if (++walk.aliases > mostAliases)
    return walk.aliases === mostAliases + 1
      ? fail(walk, { path, node }, `more than ${mostAliases} aliases`)
      : undefined
  const target = isAlias(node) ? node.resolve(walk.document) : undefined
  if (!target || walk.open.has(target)) return fail(walk, { path, node }, 'this alias contains itself')
  const copied = build(walk, target, path)
  return copied && { ...copied, origin: walk.locate(node.range?.[0] ?? 0) }
}

const ofKeys = (walk: Walk, node: Node, path: ConfigPath): ConfigNode => {
  const entries = new Map<string, ConfigNode>()
  for (const { key, value } of isMap(node) ? node.items : []) {
    if (!isNode(key)) continue
    const at = walk.locate(key.range?.[0] ?? 0)
    const name: unknown = isScalar(key) ? key.value : undefined
    if (typeof name !== 'string' && typeof name !== 'number' && typeof name !== 'boolean') {
      fail(walk, { path, node: key }, 'expected a word as a key')
      continue
    }
    if (!walk.guard.admitsKey(`${name}`, { path, origin: at, seen: entries })) continue
    const child: ConfigNode | undefined = isNode(value)
      ? build(walk, value, [...path, `${name}`])
      : { kind: 'leaf', value: null, origin: at }
    if (child) entries.set(`${name}`, { ...child, key: at })
  }
  return { kind: 'branch', entries, origin: walk.locate(node.range?.[0] ?? 0) }
}

const ofScalar = (walk: Walk, node: Node, path: ConfigPath): ConfigNode | undefined => {
  const value: unknown = isScalar(node) ? node.value : undefined
  const origin = walk.locate(node.range?.[0] ?? 0)
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return {
      kind: 'leaf',
      value:
        typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null,
      origin,
    }
  return fail(walk, { path, node }, 'expected a text, a finite number, true, false or null')
}

const build = (walk: Walk, node: Node, path: ConfigPath): ConfigNode | undefined => {
  const origin = walk.locate(node.range?.[0] ?? 0)
  if (!walk.guard.admits(path, origin)) return undefined
  if (isAlias(node)) return follow(walk, node, path)
  if (node.tag !== undefined && !/^tag:yaml\.org,2002:(map|seq|str|int|float|bool|null)$/.test(node.tag))
    return fail(walk, { path, node }, 'tags are not allowed')
  if (isScalar(node)) return ofScalar(walk, node, path)
  walk.open.add(node)
  try {
    if (!isSeq(node)) return ofKeys(walk, node, path)
    const items = node.items.map((item, index) =>
      isNode(item) ? build(walk, item, [...path, index]) : undefined,
    )
    return { kind: 'list', items: items.filter((item) => item !== undefined), origin }
  } finally {
    walk.open.delete(node)
  }
}

/** One YAML 1.2 document, of the core schema. */
export const parseYaml: ParseText = (source) => {
  const { text, issues } = source
  const locate = createLocator(source)
  const document = parseDocument(text, {
    // Messages with a piece of the file would show what is in it.
    prettyErrors: false,
    strict: true,
    // Ours say which key.
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
    // Silent, it takes the first of several documents.
    logLevel: 'error',
    lineCounter: new LineCounter(),
  })
  const problems = [...document.errors, ...document.warnings]
  for (const { code, pos } of problems.slice(0, mostSyntaxIssues))
    issues.push({
      path: [],
      origin: locate(pos[0]),
      message: `no valid YAML: ${code.toLowerCase().replaceAll('_', ' ')}`,
    })
  if (problems.length > 0) return undefined
  const { contents } = document
  if (!contents) return { kind: 'branch', entries: new Map(), origin: locate(0) }
  const walk = { source, document, guard: createTreeGuard(issues), locate, open: new Set<Node>(), aliases: 0 }
  return build(walk, contents, [])
}
