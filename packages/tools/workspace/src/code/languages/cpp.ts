import { childrenOf, hasChild, type Language, type SymbolKind } from '../language-table.ts'
import type { SyntaxNode } from '../syntax.ts'

/** The declarator that this one is around: `*f(int)` is around `f(int)`, and that around `f`. */
const inner = (node: SyntaxNode): SyntaxNode | undefined =>
  node.childForFieldName('declarator') ??
  (/^(?:reference|parenthesized)_declarator$/.test(node.type) ? childrenOf(node).at(-1) : undefined)

const declaredName = (declarator: SyntaxNode): string => {
  const next = inner(declarator)
  return next ? declaredName(next) : declarator.text
}

const isFunction = (declarator: SyntaxNode | undefined): boolean => {
  if (!declarator) return false
  // `(*f)(int)` is a variable.
  if (declarator.type === 'function_declarator') return inner(declarator)?.type !== 'parenthesized_declarator'
  return isFunction(inner(declarator))
}

const declaratorsOf = (node: SyntaxNode): SyntaxNode[] =>
  node.childrenForFieldName('declarator').filter((child) => child !== null)

const declarations = /^(?:declaration|field_declaration|function_definition|type_definition)$/

const kinds: Record<string, SymbolKind> = {
  namespace_definition: 'module',
  class_specifier: 'class',
  struct_specifier: 'class',
  union_specifier: 'class',
  enum_specifier: 'enum',
  enumerator: 'property',
  function_definition: 'function',
  declaration: 'variable',
  field_declaration: 'variable',
  alias_declaration: 'type',
  type_definition: 'type',
  concept_definition: 'type',
  preproc_def: 'variable',
  preproc_function_def: 'function',
}

export const cpp: Language = {
  name: 'C++',
  grammar: 'cpp',
  extensions: /\.(?:cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|h\+\+|ipp)$/,
  kinds,
  kindOf: (node) =>
    /^(?:field_)?declaration$/.test(node.type) && isFunction(declaratorsOf(node)[0]) ? 'function' : undefined,
  wrappers: ['template_declaration'],
  blocks: [
    'linkage_specification',
    'declaration_list',
    'preproc_ifdef',
    'preproc_if',
    'preproc_else',
    'preproc_elif',
  ],
  bodies: ['field_declaration_list', 'enumerator_list', 'declaration_list'],
  bodyOf: (node) =>
    node.type === 'type_definition'
      ? node.childForFieldName('type')?.childForFieldName('body')
      : node.childForFieldName(node.type === 'preproc_function_def' ? 'value' : 'body'),
  namesOf: (node) => {
    // The guard of a header declares nothing.
    if (node.type === 'preproc_def' && !node.childForFieldName('value')) return []
    if (node.type === 'namespace_definition')
      return [node.childForFieldName('name')?.text ?? '(anonymous namespace)']
    return declarations.test(node.type) ? declaratorsOf(node).map(declaredName) : undefined
  },
  doc: 'comment',
  docComment: /^\/[/*]/,
  isExported: ({ node, owner }) =>
    node.type === 'namespace_definition'
      ? node.childForFieldName('name') !== null
      : owner?.kind === 'class' || !hasChild(node, 'storage_class_specifier', 'static'),
  section: (node) => {
    // Said at the start of the body, where nothing is said otherwise.
    if (node.type === 'class_specifier') return false
    return node.type === 'access_specifier' ? node.text === 'public' : undefined
  },
}

/** The grammar is that of C++, which reads nearly all of C. */
export const c: Language = { ...cpp, name: 'C', extensions: /\.c$/ }
