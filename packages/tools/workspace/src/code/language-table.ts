import type { SyntaxNode } from './syntax.ts'

export type SymbolKind =
  | 'function'
  | 'method'
  | 'class'
  | 'interface'
  | 'type'
  | 'enum'
  | 'variable'
  | 'property'
  | 'module'

/** What a symbol is a member of. */
export interface Owner {
  readonly node: SyntaxNode
  readonly kind: SymbolKind
}

/** What is said about a symbol elsewhere than where it is declared. */
export interface NamedExports {
  /** By what others call it; `default` too. */
  readonly names: ReadonlyMap<string, readonly string[]>
  /** Nothing else is exported. */
  readonly complete: boolean
}

/** How to find the symbols of one language in its syntax tree. */
export interface Language {
  readonly name: string
  readonly grammar: string
  readonly extensions: RegExp
  /** Nodes that are symbols. */
  readonly kinds: Readonly<Record<string, SymbolKind>>
  /** Goes before `kinds`, where the type of a node does not say it; undefined leaves it to them. */
  readonly kindOf?: (node: SyntaxNode) => SymbolKind | undefined
  /** Statements around symbols: what is in them stands where they stand. */
  readonly wrappers: readonly string[]
  /** Nodes to look through, whose symbols stand for themselves. */
  readonly blocks?: readonly string[]
  /** Nodes whose children are members of the symbol they belong to. */
  readonly bodies: readonly string[]
  /** What a symbol's signature ends before, where its field `body` does not say it. */
  readonly bodyOf?: (node: SyntaxNode) => SyntaxNode | null | undefined
  /** All names that a node declares, where its field `name` does not say it; none: it is no symbol. */
  readonly namesOf?: (node: SyntaxNode) => readonly string[] | undefined
  /** Where a doc comment is: in comments before the symbol, or as the first string of its body. */
  readonly doc: 'comment' | 'docstring'
  /** Which comments count. */
  readonly docComment: RegExp
  /** Statements whose comment is about the group, not about each in it. */
  readonly group?: RegExp
  /** Others can use it. `outer`: the statement around it, or itself. */
  readonly isExported: (symbol: {
    readonly node: SyntaxNode
    readonly outer: SyntaxNode
    readonly name: string
    readonly owner: Owner | undefined
  }) => boolean
  /** What a node says of the visibility of those after it, such as `private:`. */
  readonly section?: (node: SyntaxNode) => boolean | undefined
  readonly exportsOf?: (root: SyntaxNode) => NamedExports
}

/** The children that there are. */
export const childrenOf = (node: SyntaxNode | null | undefined): SyntaxNode[] =>
  (node?.namedChildren ?? []).filter((child) => child !== null)

/** The texts of all children in one field. */
export const fieldTexts = (node: SyntaxNode, field: string): string[] =>
  node.childrenForFieldName(field).flatMap((child) => (child?.isNamed ? [child.text] : []))

/** A child of that type, such as a modifier, with that text. */
export const hasChild = (node: SyntaxNode, type: string, text?: string): boolean =>
  childrenOf(node).some((child) => child.type === type && (text === undefined || child.text === text))
