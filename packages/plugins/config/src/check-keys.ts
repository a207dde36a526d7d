import type { ConfigIssue } from './config-error.ts'
import type { ConfigNode } from './config-tree.ts'
import { suggestionFor } from './nearest-word.ts'
import type { ConfigPath } from './origin.ts'
import type { SchemaView } from './schema-view.ts'

/** Most issues with a suggestion. */
const mostSuggestions = 100

/** Keys that no schema has to know: they are for the editor. */
const forEditors = new Set(['$schema'])

/** The tree without keys that the schema does not know; each of them is an issue with a suggestion. */
export const checkKeys = (
  node: ConfigNode,
  view: SchemaView,
  { issues, path = [] }: { readonly issues: ConfigIssue[]; readonly path?: ConfigPath },
): ConfigNode => {
  if (node.kind === 'leaf') return node
  if (node.kind === 'list')
    return {
      ...node,
      items: node.items.map((item, index) =>
        checkKeys(item, view.at(index), { issues, path: [...path, index] }),
      ),
    }
  const { keys, isOpen } = view
  const entries = new Map<string, ConfigNode>()
  for (const [key, child] of node.entries) {
    if (path.length === 0 && forEditors.has(key)) continue
    const below = [...path, key]
    if (isOpen || keys.includes(key))
      entries.set(key, checkKeys(child, view.at(key), { issues, path: below }))
    else {
      // What comes after so many is one mistake, and looking for what was meant takes its time.
      const message = `unknown key${issues.length < mostSuggestions ? suggestionFor(key, keys) : ''}`
      issues.push({ path: below, origin: child.key ?? child.origin, message })
    }
  }
  return { ...node, entries }
}
