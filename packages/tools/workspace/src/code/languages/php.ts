import { childrenOf, hasChild, type Language } from '../language-table.ts'

export const php: Language = {
  name: 'PHP',
  grammar: 'php',
  extensions: /\.(?:php|phtml)$/,
  kinds: {
    class_declaration: 'class',
    trait_declaration: 'class',
    interface_declaration: 'interface',
    enum_declaration: 'enum',
    enum_case: 'property',
    function_definition: 'function',
    method_declaration: 'method',
    property_declaration: 'property',
    const_declaration: 'variable',
  },
  wrappers: [],
  blocks: ['namespace_definition', 'compound_statement', 'if_statement'],
  bodies: ['declaration_list', 'enum_declaration_list'],
  namesOf: (node) => {
    const elements = childrenOf(node).filter(({ type }) => /^(?:property|const)_element$/.test(type))
    if (elements.length === 0) return undefined
    return elements.map(
      (element) => (element.childForFieldName('name') ?? childrenOf(element)[0])?.text ?? '',
    )
  },
  doc: 'comment',
  docComment: /^\/\*\*/,
  isExported: ({ node }) =>
    !hasChild(node, 'visibility_modifier', 'private') && !hasChild(node, 'visibility_modifier', 'protected'),
}
