import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { ConfigNode } from './config-tree.ts'
import type { ConfigPath } from './origin.ts'
import { createLocator, mostSyntaxIssues, type ParseText } from './parse-text.ts'
import { createTreeGuard } from './tree-builder.ts'

const wordsOf = (code: ParseError['error']): string =>
  printParseErrorCode(code)
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase()

/** JSON, with comments and trailing commas, as editors write it. */
export const parseJson: ParseText = (source) => {
  const { text, issues } = source
  const locate = createLocator(source)
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true })
  for (const { error, offset } of errors.slice(0, mostSyntaxIssues))
    issues.push({ path: [], origin: locate(offset), message: `no valid JSON: ${wordsOf(error)}` })
  if (errors.length > 0) return undefined
  const guard = createTreeGuard(issues)
  const build = (node: Node, path: ConfigPath): ConfigNode | undefined => {
    const origin = locate(node.offset)
    if (!guard.admits(path, origin)) return undefined
    const { children = [] } = node
    if (node.type === 'array') {
      const items = children.map((child, index) => build(child, [...path, index]))
      return { kind: 'list', items: items.filter((item) => item !== undefined), origin }
    }
    if (node.type !== 'object') {
      const { value }: { value?: unknown } = node
      return isPrimitive(value) ? { kind: 'leaf', value, origin } : undefined
    }
    const entries = new Map<string, ConfigNode>()
    for (const { children: [name, value] = [] } of children) {
      if (!name || !value) continue
      const key = String(name.value)
      const at = locate(name.offset)
      if (!guard.admitsKey(key, { path, origin: at, seen: entries })) continue
      const child = build(value, [...path, key])
      if (child) entries.set(key, { ...child, key: at })
    }
    return { kind: 'branch', entries, origin }
  }
  return root ? build(root, []) : { kind: 'branch', entries: new Map(), origin: locate(0) }
}

const isPrimitive = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)
