import { childrenOf, hasChild, type Language } from '../language-table.ts'

export const cSharp: Language = {
  name: 'C#',
  grammar: 'c-sharp',
  extensions: /\.cs$/,
  kinds: {
    namespace_declaration: 'module',
    class_declaration: 'class',
    struct_declaration: 'class',
    record_declaration: 'class',
    interface_declaration: 'interface',
    enum_declaration: 'enum',
    delegate_declaration: 'type',
    method_declaration: 'method',
    constructor_declaration: 'method',
    operator_declaration: 'method',
    conversion_operator_declaration: 'method',
    indexer_declaration: 'method',
    property_declaration: 'property',
    field_declaration: 'property',
    event_field_declaration: 'property',
    event_declaration: 'property',
    enum_member_declaration: 'property',
  },
  wrappers: [],
  bodies: ['declaration_list', 'enum_member_declaration_list'],
  bodyOf: (node) => node.childForFieldName('accessors'),
  namesOf: (node) => {
    if (node.type === 'indexer_declaration') return ['this[]']
    if (node.type.endsWith('operator_declaration'))
      return [/operator\s+[^\s(]+/.exec(node.text)?.[0] ?? 'operator']
    const variables = childrenOf(node).find(({ type }) => type === 'variable_declaration')
    if (!variables) return undefined
    return childrenOf(variables).flatMap((declarator) => {
      const name = declarator.type === 'variable_declarator' ? declarator.childForFieldName('name') : null
      return name ? [name.text] : []
    })
  },
  doc: 'comment',
  docComment: /^(?:\/\/\/|\/\*\*)/,
  isExported: ({ node, owner }) =>
    node.type === 'namespace_declaration' ||
    hasChild(node, 'modifier', 'public') ||
    owner?.kind === 'enum' ||
    (owner?.kind === 'interface' && !hasChild(node, 'modifier', 'private')),
}
