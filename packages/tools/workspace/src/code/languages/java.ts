import { childrenOf, type Language } from '../language-table.ts'
import type { SyntaxNode } from '../syntax.ts'

const hasModifier = (node: SyntaxNode, modifier: string): boolean =>
  childrenOf(node).some(
    ({ type, children }) => type === 'modifiers' && children.some((child) => child?.type === modifier),
  )

const open = new Set(['interface_declaration', 'annotation_type_declaration'])

export const java: Language = {
  name: 'Java',
  grammar: 'java',
  extensions: /\.java$/,
  kinds: {
    class_declaration: 'class',
    record_declaration: 'class',
    interface_declaration: 'interface',
    annotation_type_declaration: 'interface',
    enum_declaration: 'enum',
    method_declaration: 'method',
    constructor_declaration: 'method',
    compact_constructor_declaration: 'method',
    annotation_type_element_declaration: 'method',
    field_declaration: 'property',
    constant_declaration: 'property',
    enum_constant: 'property',
  },
  wrappers: [],
  blocks: ['enum_body_declarations'],
  bodies: ['class_body', 'interface_body', 'enum_body', 'annotation_type_body'],
  namesOf: (node) => {
    const names = node.childrenForFieldName('declarator').flatMap((declarator) => {
      const name = declarator?.childForFieldName('name')?.text
      return name === undefined ? [] : [name]
    })
    return names.length > 0 ? names : undefined
  },
  doc: 'comment',
  docComment: /^\/\*\*/,
  isExported: ({ node, owner }) =>
    hasModifier(node, 'public') ||
    node.type === 'enum_constant' ||
    (owner !== undefined && open.has(owner.node.type) && !hasModifier(node, 'private')),
}
