import { childrenOf } from './language-table.ts'
import type { SyntaxNode } from './syntax.ts'

/** A name that a module passes on from another. */
export interface Reexport {
  /** `*`: each under its own name. */
  readonly name: string
  /** What the other module calls it; `*`: the module itself, all its names. */
  readonly original: string
  readonly from: string
}

const quoted = (text: string): string => text.replaceAll(/^['"]|['"]$/g, '')

const sourceOf = (statement: SyntaxNode): string | undefined => {
  const source = statement.childForFieldName('source')
  return source ? quoted(source.text) : undefined
}

const passedOn = (statement: SyntaxNode): Reexport[] => {
  const from = sourceOf(statement)
  if (from === undefined) return []
  const children = childrenOf(statement)
  const namespace = children.find(({ type }) => type === 'namespace_export')
  if (namespace) return [{ name: quoted(childrenOf(namespace)[0]?.text ?? ''), original: '*', from }]
  const clause = children.find(({ type }) => type === 'export_clause')
  if (!clause) return [{ name: '*', original: '*', from }]
  return childrenOf(clause).flatMap((specifier) => {
    const original = specifier.childForFieldName('name')?.text
    if (original === undefined) return []
    return [{ name: specifier.childForFieldName('alias')?.text ?? original, original, from }]
  })
}

/** The names that an import brings in. */
const imported = (statement: SyntaxNode): Reexport[] => {
  const from = sourceOf(statement)
  const clause = childrenOf(statement).find(({ type }) => type === 'import_clause')
  if (from === undefined) return []
  return childrenOf(clause).flatMap((part) => {
    if (part.type === 'identifier') return [{ name: part.text, original: 'default', from }]
    if (part.type === 'namespace_import')
      return [{ name: childrenOf(part)[0]?.text ?? '', original: '*', from }]
    return childrenOf(part).flatMap((specifier) => {
      const original = specifier.childForFieldName('name')?.text
      if (original === undefined) return []
      return [{ name: specifier.childForFieldName('alias')?.text ?? original, original, from }]
    })
  })
}

/** What a module of TypeScript or JavaScript passes on, also by importing and exporting it. */
export const reexportsOf = (
  root: SyntaxNode,
  exported: ReadonlyMap<string, readonly string[]>,
): Reexport[] => {
  const statements = childrenOf(root)
  const through = statements
    .filter(({ type }) => type === 'import_statement')
    .flatMap(imported)
    .flatMap(({ name, ...rest }) => (exported.get(name) ?? []).map((as) => ({ name: as, ...rest })))
  return [...statements.filter(({ type }) => type === 'export_statement').flatMap(passedOn), ...through]
}
