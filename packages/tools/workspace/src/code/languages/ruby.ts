import { childrenOf, type Language } from '../language-table.ts'
import type { SyntaxNode } from '../syntax.ts'

const methodOf = (node: SyntaxNode): string | undefined =>
  node.type === 'call' ? node.childForFieldName('method')?.text : undefined

const symbolsIn = (call: SyntaxNode): string[] =>
  childrenOf(call.childForFieldName('arguments'))
    .filter(({ type }) => type === 'simple_symbol')
    .map(({ text }) => text.slice(1))

const hiding = /^(?:private|protected|private_class_method|private_constant)$/

const accessor = /^attr_(?:accessor|reader|writer)$/

/** `private :a` after the fact. */
const isHiddenIn = (body: SyntaxNode | null | undefined, name: string): boolean =>
  childrenOf(body).some(
    (node) => hiding.test(methodOf(node) ?? '') && symbolsIn(node).includes(name.replace(/^self\./, '')),
  )

export const ruby: Language = {
  name: 'Ruby',
  grammar: 'ruby',
  extensions: /\.(?:rb|rake|gemspec)$/,
  kinds: {
    module: 'module',
    class: 'class',
    method: 'function',
    singleton_method: 'function',
    assignment: 'variable',
  },
  kindOf: (node) => (accessor.test(methodOf(node) ?? '') ? 'property' : undefined),
  wrappers: [],
  blocks: ['singleton_class', 'body_statement', 'call', 'argument_list'],
  bodies: ['body_statement'],
  namesOf: (node) => {
    if (node.type === 'singleton_method')
      return [`${node.childForFieldName('object')?.text}.${node.childForFieldName('name')?.text}`]
    if (node.type === 'assignment') {
      const left = node.childForFieldName('left')
      return left?.type === 'constant' ? [left.text] : []
    }
    return node.type === 'call' ? symbolsIn(node) : undefined
  },
  doc: 'comment',
  docComment: /^#/,
  isExported: ({ name, owner }) => !isHiddenIn(owner?.node.childForFieldName('body'), name),
  section: (node) => {
    // `private def a` hides what it is around.
    if (node.type === 'call') return hiding.test(methodOf(node) ?? '') ? false : undefined
    if (node.type !== 'identifier') return undefined
    return /^(?:private|protected)$/.test(node.text) ? false : node.text === 'public' ? true : undefined
  },
}
