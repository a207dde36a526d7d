import type { Language, SymbolKind } from './language.ts'
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
  /** What it declares inside. */
  readonly members?: readonly CodeSymbol[]
}

const maxSignature = 600
const maxDepth = 4

const nodes = (list: readonly (SyntaxNode | null)[]): SyntaxNode[] => list.filter((node) => node !== null)

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > maxSignature ? `${line.slice(0, maxSignature)}…` : line
}

const commentText = (comment: string): string =>
  comment
    .replace(/^\/\*\*?/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\/\/[/!]?|\*(?!\/))? ?/, '').trimEnd())
    .join('\n')
    .trim()

/** Comments right above, of the kind that documents. */
const commentAbove = (node: SyntaxNode, { docComment }: Language): string | undefined => {
  const texts: string[] = []
  let below = node
  for (let above = node.previousNamedSibling; above; above = above.previousNamedSibling) {
    const isAttribute = above.type === 'attribute_item' || above.type === 'decorator'
    if (!isAttribute && !above.type.includes('comment')) break
    // A line comment of Rust ends on the line after.
    const endRow = above.endPosition.row - (above.text.endsWith('\n') ? 1 : 0)
    if (below.startPosition.row - endRow > 1) break
    below = above
    if (isAttribute) continue
    if (!docComment.test(above.text)) break
    texts.unshift(commentText(above.text))
  }
  return texts.length > 0 ? texts.join('\n').trim() : undefined
}

const docString = (body: SyntaxNode | null): string | undefined => {
  const [first] = nodes(body?.namedChildren ?? [])
  const [text] = nodes(first?.namedChildren ?? [])
  if (first?.type !== 'expression_statement' || text?.type !== 'string') return undefined
  const bare = text.text.replace(/^[a-zA-Z]*("""|'''|"|')/, '').replace(/("""|'''|"|')$/, '')
  return bare
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}

const bodyOf = (node: SyntaxNode): SyntaxNode | null => {
  const value = node.childForFieldName('value')
  return node.childForFieldName('body') ?? value?.childForFieldName('body') ?? null
}

const nameOf = (node: SyntaxNode): string => {
  const named =
    node.childForFieldName('name') ??
    node.childForFieldName('property') ??
    node.childForFieldName('declarator')?.childForFieldName('name') ??
    node.childForFieldName('type')
  return oneLine(named?.text ?? 'default')
}

/** What a symbol stands in: the statement its comment is above and its export says. */
interface Place {
  readonly language: Language
  readonly source: string
  readonly depth: number
  readonly statement: SyntaxNode | undefined
  /** The nearest wrapper: `const` and the like belong to it. */
  readonly near?: SyntaxNode | undefined
}

const signatureOf = (node: SyntaxNode, { source, near }: Place): string => {
  const body = bodyOf(node)
  const end = body?.startIndex ?? node.endIndex
  const outer = near?.type.endsWith('_declaration') ? near : undefined
  const isFirst = nodes(outer?.namedChildren ?? [])[0]?.startIndex === node.startIndex
  const start = outer && isFirst ? outer.startIndex : node.startIndex
  return oneLine(
    body
      ? source.slice(start, end).replace(/(?:=>)?[\s{:]*$/, '')
      : source.slice(start, end).replace(/[\s;]*$/, ''),
  )
}

const isHidden = (node: SyntaxNode): boolean =>
  nodes(node.namedChildren).some(
    ({ type, text }) =>
      type === 'private_property_identifier' || (type === 'accessibility_modifier' && text === 'private'),
  )

const toSymbol = (node: SyntaxNode, kind: SymbolKind, place: Place): CodeSymbol => {
  const { language, depth, source } = place
  const name = nameOf(node)
  const outer = place.statement ?? node
  const body = bodyOf(node)
  const above = [outer, node].map((at) => commentAbove(at, language)).find((text) => text !== undefined)
  const doc = language.doc === 'docstring' ? docString(body) : above
  const container =
    body && language.bodies.includes(body.type) && !['function', 'method', 'variable'].includes(kind)
  const members =
    container && depth < maxDepth
      ? symbolsIn(body, { language, source, depth: depth + 1, statement: undefined })
      : []
  return {
    name,
    kind: kind === 'function' && depth > 0 && language.name !== 'TypeScript' ? 'method' : kind,
    line: outer.startPosition.row + 1,
    endLine: node.endPosition.row + 1,
    signature: signatureOf(node, place),
    ...(doc !== undefined && doc !== '' && { doc }),
    exported: language.isExported(outer, name),
    ...(members.length > 0 && { members }),
  }
}

/** The symbols right inside a node, in their order. */
export const symbolsIn = (parent: SyntaxNode, place: Place): CodeSymbol[] =>
  nodes(parent.namedChildren).flatMap((node) => {
    const { language, statement } = place
    if (language.wrappers.includes(node.type)) {
      const outer = statement && language.isExported(statement, '') ? statement : node
      return symbolsIn(node, { ...place, statement: outer, near: node })
    }
    const kind = language.kinds[node.type]
    if (kind !== undefined) return isHidden(node) ? [] : [toSymbol(node, kind, place)]
    if (language.bodies.includes(node.type) && node.type === 'enum_body_declarations')
      return symbolsIn(node, place)
    // `export default <expression>` has no name of its own.
    if (parent.type === 'export_statement' && parent.childForFieldName('value') === node)
      return [toSymbol(node, 'variable', place)]
    return []
  })
