import { childrenOf, type Language } from '../language-table.ts'
import type { SyntaxNode } from '../syntax.ts'

/** `a = b = 1` and `a, b = 1, 2`; what is set inside something else declares nothing. */
const assignedNames = (node: SyntaxNode): string[] => {
  const left = node.childForFieldName('left')
  const names = left?.type === 'pattern_list' ? childrenOf(left) : left ? [left] : []
  const right = node.childForFieldName('right')
  return [
    ...names.filter(({ type }) => type === 'identifier').map(({ text }) => text),
    ...(right?.type === 'assignment' ? assignedNames(right) : []),
  ]
}

const listedNames = (root: SyntaxNode): string[] | undefined => {
  for (const statement of childrenOf(root)) {
    const [assignment] = statement.type === 'expression_statement' ? childrenOf(statement) : []
    if (assignment?.childForFieldName('left')?.text !== '__all__') continue
    const names = childrenOf(assignment.childForFieldName('right')).filter(({ type }) => type === 'string')
    return names.map(({ text }) => text.replaceAll(/^['"]+|['"]+$/g, ''))
  }
  return undefined
}

export const python: Language = {
  name: 'Python',
  grammar: 'python',
  extensions: /\.pyi?$/,
  kinds: {
    function_definition: 'function',
    class_definition: 'class',
    assignment: 'variable',
    type_alias_statement: 'type',
  },
  wrappers: ['decorated_definition', 'expression_statement'],
  blocks: ['if_statement', 'elif_clause', 'else_clause', 'try_statement', 'except_clause', 'block'],
  bodies: ['block'],
  namesOf: (node) => {
    if (node.type === 'type_alias_statement') return [node.childForFieldName('left')?.text ?? '']
    return node.type === 'assignment' ? assignedNames(node) : undefined
  },
  doc: 'docstring',
  docComment: /^/,
  isExported: ({ name }) => !name.startsWith('_') || /^__\w+__$/.test(name),
  exportsOf: (root) => {
    const listed = listedNames(root)
    return {
      names: new Map((listed ?? []).map((name) => [name, [name]])),
      complete: listed !== undefined,
    }
  },
}
