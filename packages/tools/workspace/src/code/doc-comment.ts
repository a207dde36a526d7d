import { childrenOf, type Language } from './language-table.ts'
import type { SyntaxNode } from './syntax.ts'

const commentText = (comment: string): string =>
  comment
    .replace(/^\/\*[*!]?/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*(?:\/\/[/!]?|#+|\*(?!\/))? ?/, '')
        .replaceAll(/<\/?(?:summary|remarks|para)>/g, '')
        .trimEnd(),
    )
    .join('\n')
    .trim()

const attributes = new Set(['attribute_item', 'decorator', 'attribute_list'])

/** Comments right above, of the kind that documents. */
const commentAbove = (node: SyntaxNode, { docComment }: Language): string | undefined => {
  const texts: string[] = []
  let below = node
  for (let above = node.previousNamedSibling; above; above = above.previousNamedSibling) {
    const isAttribute = attributes.has(above.type)
    if (!isAttribute && !above.type.includes('comment')) break
    // A line comment of Rust ends on the line after.
    const endRow = above.endPosition.row - (above.text.endsWith('\n') ? 1 : 0)
    if (below.startPosition.row - endRow > 1) break
    // What stands behind something else on its line is about that.
    const before = above.previousNamedSibling
    if (before && before.endPosition.row === above.startPosition.row && !before.text.endsWith('\n')) break
    below = above
    if (isAttribute) continue
    if (!docComment.test(above.text)) break
    texts.unshift(commentText(above.text))
  }
  return texts.length > 0 ? texts.join('\n').trim() : undefined
}

const docString = (body: SyntaxNode | null | undefined): string | undefined => {
  const [first] = childrenOf(body)
  const [text] = childrenOf(first)
  if (first?.type !== 'expression_statement' || text?.type !== 'string') return undefined
  const bare = text.text.replace(/^[a-zA-Z]*("""|'''|"|')/, '').replace(/("""|'''|"|')$/, '')
  return bare
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}

export interface DocPlace {
  readonly language: Language
  /** The statement around the symbol, or itself. */
  readonly outer: SyntaxNode
  readonly body: SyntaxNode | null | undefined
  /** What it stands in. */
  readonly parent: SyntaxNode
}

/** The doc comment of a symbol: its own goes before that of the statement around it. */
export const docOf = (node: SyntaxNode, { language, outer, body, parent }: DocPlace): string | undefined => {
  if (language.doc === 'docstring') return docString(body)
  const around = language.group?.test(outer.text) ? [] : [outer]
  // Ruby has a comment at the start of a body before it.
  const isFirst = outer.previousNamedSibling === null && parent.type === 'body_statement'
  const places = [node, ...around, ...(isFirst ? [parent] : [])]
  const found = places.map((at) => commentAbove(at, language)).find((text) => text !== undefined)
  return found === '' ? undefined : found
}
