import { childrenOf, fieldTexts, type Language } from '../language-table.ts'

export const go: Language = {
  name: 'Go',
  grammar: 'go',
  extensions: /\.go$/,
  kinds: {
    function_declaration: 'function',
    method_declaration: 'method',
    type_spec: 'type',
    type_alias: 'type',
    const_spec: 'variable',
    var_spec: 'variable',
    field_declaration: 'property',
    method_elem: 'method',
  },
  kindOf: (node) => {
    if (node.type !== 'type_spec') return undefined
    const type = node.childForFieldName('type')?.type
    return type === 'struct_type' ? 'class' : type === 'interface_type' ? 'interface' : undefined
  },
  wrappers: ['type_declaration', 'const_declaration', 'var_declaration', 'var_spec_list'],
  bodies: ['field_declaration_list', 'interface_type'],
  bodyOf: (node) => {
    const type = node.type === 'type_spec' ? node.childForFieldName('type') : null
    return type?.type === 'struct_type' ? childrenOf(type)[0] : type?.type === 'interface_type' ? type : null
  },
  namesOf: (node) => {
    const names = fieldTexts(node, 'name')
    if (names.length > 0 || node.type !== 'field_declaration') return names
    // An embedded type goes by its own name.
    const type = node.childForFieldName('type')?.text ?? ''
    return [type.replace(/\[.*$/s, '').replace(/^.*[.*]/, '')]
  },
  doc: 'comment',
  docComment: /^\/[/*]/,
  group: /^(?:const|var|type)\s*\(/,
  isExported: ({ name }) => /^\p{Lu}/u.test(name),
}
