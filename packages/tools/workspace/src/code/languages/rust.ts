import { childrenOf, hasChild, type Language } from '../language-table.ts'
import type { SyntaxNode } from '../syntax.ts'

const isPublic = (node: SyntaxNode): boolean => hasChild(node, 'visibility_modifier', 'pub')

/** What a trait, its implementation or an enum holds is as visible as they are. */
const sharesVisibility = (owner: SyntaxNode | undefined): boolean =>
  owner?.type === 'trait_item' ||
  owner?.type === 'enum_item' ||
  (owner?.type === 'impl_item' && owner.childForFieldName('trait') !== null)

const attributesOf = (node: SyntaxNode): string[] => {
  const texts: string[] = []
  for (let above = node.previousNamedSibling; above; above = above.previousNamedSibling) {
    if (above.type === 'attribute_item') texts.push(above.text)
    else if (!above.type.includes('comment')) break
  }
  return texts
}

export const rust: Language = {
  name: 'Rust',
  grammar: 'rust',
  extensions: /\.rs$/,
  kinds: {
    function_item: 'function',
    function_signature_item: 'function',
    struct_item: 'class',
    enum_item: 'enum',
    union_item: 'class',
    trait_item: 'interface',
    impl_item: 'class',
    type_item: 'type',
    associated_type: 'type',
    const_item: 'variable',
    static_item: 'variable',
    mod_item: 'module',
    macro_definition: 'function',
    field_declaration: 'property',
    enum_variant: 'property',
  },
  wrappers: [],
  blocks: ['foreign_mod_item', 'declaration_list'],
  bodies: ['declaration_list', 'field_declaration_list', 'enum_variant_list'],
  // A tuple and the fields of a variant are its signature; the rules of a macro are not.
  bodyOf: (node) => {
    const body = node.childForFieldName('body')
    if (node.type === 'enum_variant' || body?.type === 'ordered_field_declaration_list') return undefined
    return node.type === 'macro_definition' ? childrenOf(node)[1] : body
  },
  doc: 'comment',
  docComment: /^(?:\/\/\/|\/\*\*)/,
  isExported: ({ node, owner }) => {
    if (node.type === 'macro_definition') return attributesOf(node).some((text) => /macro_export/.test(text))
    if (node.type === 'impl_item')
      return sharesVisibility(node) || childrenOf(node.childForFieldName('body')).some(isPublic)
    return isPublic(node) || sharesVisibility(owner?.node)
  },
}
