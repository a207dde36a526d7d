import { docOf } from './doc-comment.ts'
import { childrenOf, type Language, type Owner, type SymbolKind } from './language-table.ts'
import type { SyntaxNode } from './syntax.ts'

/** Something a file declares. */
export interface CodeSymbol {
  readonly name: string
  readonly kind: SymbolKind
  /** First and last line, counted from 1. */
  readonly line: number
  readonly endLine: number
  /** What stands before its body, on one line. */
  readonly signature: string
  /** Its doc comment without the marks. */
  readonly doc?: string
  /** Others can use it. */
  readonly exported: boolean
  /** By what others call it, where that is not its own name alone: `default`, or what `export { a as b }` says. */
  readonly exportedAs?: readonly string[]
  /** What it declares inside. */
  readonly members?: readonly CodeSymbol[]
}

const maxSignature = 600
const maxDepth = 4

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > maxSignature ? `${line.slice(0, maxSignature)}…` : line
}

/** Where symbols stand. */
interface Place {
  readonly language: Language
  readonly source: string
  readonly depth: number
  readonly owner: Owner | undefined
  readonly isVisible: boolean
  /** The outermost statement around: its comment and its export are theirs. */
  readonly statement?: SyntaxNode | undefined
  /** The nearest one: `const` and the like belong to it. */
  readonly near?: SyntaxNode | undefined
}

/** A symbol to be: its node and what stands around it. */
interface Found {
  readonly node: SyntaxNode
  readonly parent: SyntaxNode
  readonly kind: SymbolKind
  readonly body: SyntaxNode | null | undefined
}

const bodyOf = (node: SyntaxNode, language: Language): SyntaxNode | null | undefined =>
  language.bodyOf?.(node) ??
  (node.type === 'enum_variant' ? undefined : node.childForFieldName('body')) ??
  node.childForFieldName('value')?.childForFieldName('body')

const nameOf = (node: SyntaxNode): string =>
  oneLine(
    (
      node.childForFieldName('name') ??
      node.childForFieldName('property') ??
      node.childForFieldName('declarator')?.childForFieldName('name') ??
      node.childForFieldName('type')
    )?.text ?? 'default',
  )

const startOf = (node: SyntaxNode, near: SyntaxNode | undefined): number => {
  if (!near?.type.endsWith('_declaration')) return node.startIndex
  const isFirst = childrenOf(near)[0]?.startIndex === node.startIndex
  return isFirst || near.type === 'template_declaration' ? near.startIndex : node.startIndex
}

const signatureOf = ({ node, body }: Found, { source, near, language }: Place): string => {
  const keyword = near && language.group?.test(near.text) ? `${/^\w+/.exec(near.text)?.[0]} ` : ''
  const start = keyword === '' ? startOf(node, near) : node.startIndex
  const isInterface = body?.type === 'interface_type'
  const comment = childrenOf(node).find(({ type }) => type === 'comment')
  const end = isInterface
    ? body.startIndex + 'interface'.length
    : Math.min(body?.startIndex ?? node.endIndex, comment?.startIndex ?? node.endIndex)
  const text = source.slice(start, end)
  const bare = body ? text.replace(/(?:=>|=)?[\s{:;]*$/, '') : text.replace(/(?:;?\s*\bend|[\s;,]*)$/, '')
  return oneLine(keyword + bare)
}

const memberKinds: Partial<Record<SymbolKind, SymbolKind>> = { function: 'method', variable: 'property' }

const toSymbols = (found: Found, place: Place): CodeSymbol[] => {
  const { node, kind, body, parent } = found
  const { language, depth, source, owner, isVisible } = place
  const outer = place.statement ?? node
  const isContainer = body && language.bodies.includes(body.type)
  // What a function declares inside is its own business; `module.exports = { … }` is no function.
  const isCode = /^(?:function|method|property|variable)$/.test(kind) && body?.type !== 'object'
  const inside = { language, source, depth: depth + 1, owner: { node, kind }, isVisible: true }
  const holdsMembers = isContainer && !isCode && depth < maxDepth
  const members = holdsMembers
    ? symbolsIn(body, { ...inside, isVisible: language.section?.(node) ?? true })
    : []
  const doc = docOf(node, { language, outer, body, parent })
  const isMember = owner !== undefined && owner.kind !== 'module'
  const names = language.namesOf?.(node) ?? [nameOf(node)]
  return names.map((name) => ({
    name,
    kind: (isMember ? memberKinds[kind] : undefined) ?? kind,
    line: outer.startPosition.row + 1,
    endLine: node.endPosition.row + 1,
    signature: signatureOf(found, place),
    ...(doc !== undefined && { doc }),
    exported: isVisible && language.isExported({ node, outer, name, owner }),
    ...(members.length > 0 && { members }),
  }))
}

/** `export default <expression>` has no name of its own; a name alone is exported where it is declared. */
const isDefaultValue = (node: SyntaxNode, parent: SyntaxNode): boolean =>
  parent.type === 'export_statement' &&
  node.type !== 'identifier' &&
  parent.childForFieldName('value')?.startIndex === node.startIndex

const defaultKind = (node: SyntaxNode): SymbolKind => (/function/.test(node.type) ? 'function' : 'variable')

/** The symbols right inside a node, in their order. */
const symbolsIn = (parent: SyntaxNode, place: Place): CodeSymbol[] => {
  const { language, statement } = place
  let { isVisible } = place
  return childrenOf(parent).flatMap((node) => {
    const ownKind = language.kindOf?.(node) ?? language.kinds[node.type]
    const kind = ownKind ?? (isDefaultValue(node, parent) ? defaultKind(node) : undefined)
    if (kind !== undefined)
      return toSymbols({ node, parent, kind, body: bodyOf(node, language) }, { ...place, isVisible })
    if (language.wrappers.includes(node.type))
      return symbolsIn(node, { ...place, isVisible, statement: statement ?? node, near: node })
    const section = language.section?.(node)
    if (language.blocks?.includes(node.type)) {
      const around = { statement: undefined, near: undefined }
      return symbolsIn(node, { ...place, ...around, isVisible: isVisible && section !== false })
    }
    isVisible = section ?? isVisible
    return []
  })
}

/** What others call a symbol, its declaration and the rest of the file together. */
const withExports = (
  symbol: CodeSymbol,
  { names, complete }: ReturnType<NonNullable<Language['exportsOf']>>,
): CodeSymbol => {
  const named = names.get(symbol.name) ?? []
  const own = symbol.exported && !complete ? [symbol.name] : []
  const all = [...new Set([...own, ...named])]
  const isPlain = all.length === 1 && all[0] === symbol.name
  return {
    ...symbol,
    exported: all.length > 0,
    ...(all.length > 0 && !isPlain && { exportedAs: all }),
  }
}

/** What a file declares. */
export const codeSymbols = (
  root: SyntaxNode,
  { language, source }: { readonly language: Language; readonly source: string },
): CodeSymbol[] => {
  const symbols = symbolsIn(root, { language, source, depth: 0, owner: undefined, isVisible: true })
  const named = language.exportsOf?.(root)
  return named ? symbols.map((symbol) => withExports(symbol, named)) : symbols
}

/** Without what others cannot use. */
export const exportedOnly = (symbols: readonly CodeSymbol[]): CodeSymbol[] =>
  symbols
    .filter(({ exported }) => exported)
    .map(({ members, ...symbol }) => {
      const left = members && exportedOnly(members)
      return { ...symbol, ...(left && left.length > 0 && { members: left }) }
    })
