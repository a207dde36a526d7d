import { childrenOf, hasChild, type Language, type NamedExports } from '../language-table.ts'
import type { SyntaxNode } from '../syntax.ts'

const hasToken = (node: SyntaxNode, token: string): boolean =>
  node.children.some((child) => child?.type === token)

/** `exports.f` is `f`, `module.exports` is itself; undefined for all other places. */
const exportedPlace = (left: SyntaxNode | null): string | undefined =>
  /^(?:module\.)?exports\.([\p{L}_$][\p{L}\p{N}_$]*)$/u.exec(left?.text ?? '')?.[1] ??
  (left?.text === 'module.exports' ? 'module.exports' : undefined)

const isFunction = (node: SyntaxNode | null): boolean =>
  /^(?:arrow_function|function_expression|generator_function)$/.test(node?.type ?? '')

const isReference = (node: SyntaxNode | null): boolean =>
  /^(?:shorthand_property_)?identifier$/.test(node?.type ?? '')

/** Names of a pattern such as `{ a, b: c, ...d }`. */
const namesIn = (pattern: SyntaxNode): string[] => {
  if (/^(?:shorthand_property_identifier_pattern|identifier)$/.test(pattern.type)) return [pattern.text]
  const value = pattern.childForFieldName('value') ?? pattern.childForFieldName('left')
  return value ? namesIn(value) : childrenOf(pattern).flatMap(namesIn)
}

const namesOf = (node: SyntaxNode): readonly string[] | undefined => {
  if (node.type === 'ambient_declaration') return ['global']
  if (node.type === 'property_identifier') return [node.text]
  if (node.type === 'import_alias') return [childrenOf(node)[0]?.text ?? '']
  if (node.type === 'pair') {
    const key = node.childForFieldName('key')
    return key && !isReference(node.childForFieldName('value')) ? [key.text] : []
  }
  if (node.type === 'assignment_expression') {
    const place = exportedPlace(node.childForFieldName('left'))
    const isName = place === 'module.exports' && isReference(node.childForFieldName('right'))
    return place === undefined || isName ? [] : [place]
  }
  const name = node.type === 'variable_declarator' ? node.childForFieldName('name') : null
  return name && name.type !== 'identifier' ? namesIn(name) : undefined
}

const statementExports = (statement: SyntaxNode): (readonly [string, string])[] => {
  if (statement.childForFieldName('source')) return []
  const declared = statement.childForFieldName('declaration')?.childForFieldName('name')
  if (hasToken(statement, 'default')) {
    const name = declared ?? statement.childForFieldName('value')
    return name && (declared || isReference(name)) ? [[name.text, 'default']] : []
  }
  if (hasToken(statement, '=')) return childrenOf(statement).map(({ text }) => [text, 'export='] as const)
  const clause = childrenOf(statement).find(({ type }) => type === 'export_clause')
  return childrenOf(clause).flatMap((specifier) => {
    const local = specifier.childForFieldName('name')?.text
    return local === undefined ? [] : [[local, specifier.childForFieldName('alias')?.text ?? local] as const]
  })
}

/** `module.exports = f`, or names in the object that it is. */
const commonExports = (statement: SyntaxNode): (readonly [string, string])[] => {
  const [assignment] = childrenOf(statement)
  const right = assignment?.childForFieldName('right')
  const place = exportedPlace(assignment?.childForFieldName('left') ?? null)
  if (!right || place === undefined) return []
  if (isReference(right)) return [[right.text, place]]
  if (place !== 'module.exports' || right.type !== 'object') return []
  return childrenOf(right).flatMap((member) => {
    if (isReference(member)) return [[member.text, member.text] as const]
    const value = member.childForFieldName('value')
    const key = member.childForFieldName('key')?.text
    return value && key !== undefined && isReference(value) ? [[value.text, key] as const] : []
  })
}

const exportsOf = (root: SyntaxNode): NamedExports => {
  const names = new Map<string, string[]>()
  for (const statement of childrenOf(root)) {
    const found = statement.type === 'export_statement' ? statementExports : undefined
    const own = found ?? (statement.type === 'expression_statement' ? commonExports : undefined)
    for (const [local, name] of own?.(statement) ?? []) names.set(local, [...(names.get(local) ?? []), name])
  }
  return { names, complete: false }
}

const isPrivate = (node: SyntaxNode): boolean =>
  hasChild(node, 'private_property_identifier') || hasChild(node, 'accessibility_modifier', 'private')

const ecmascript: Omit<Language, 'name' | 'grammar' | 'extensions'> = {
  kinds: {
    function_declaration: 'function',
    generator_function_declaration: 'function',
    function_signature: 'function',
    class_declaration: 'class',
    abstract_class_declaration: 'class',
    class: 'class',
    interface_declaration: 'interface',
    type_alias_declaration: 'type',
    enum_declaration: 'enum',
    internal_module: 'module',
    module: 'module',
    import_alias: 'variable',
    variable_declarator: 'variable',
    method_definition: 'method',
    method_signature: 'method',
    abstract_method_signature: 'method',
    public_field_definition: 'property',
    field_definition: 'property',
    property_signature: 'property',
    enum_assignment: 'property',
    property_identifier: 'property',
    pair: 'variable',
    assignment_expression: 'variable',
  },
  kindOf: (node) => {
    if (node.type === 'ambient_declaration')
      return childrenOf(node)[0]?.type === 'statement_block' ? 'module' : undefined
    const value = /^(?:pair|assignment_expression)$/.test(node.type)
      ? (node.childForFieldName('right') ?? node.childForFieldName('value'))
      : null
    if (value?.type === 'class') return 'class'
    return isFunction(value) ? 'function' : undefined
  },
  wrappers: [
    'export_statement',
    'lexical_declaration',
    'variable_declaration',
    'ambient_declaration',
    'expression_statement',
  ],
  bodies: ['class_body', 'interface_body', 'object_type', 'statement_block', 'enum_body', 'object'],
  bodyOf: (node) => {
    if (node.type === 'ambient_declaration') return childrenOf(node)[0]
    const right = node.type === 'assignment_expression' ? node.childForFieldName('right') : undefined
    return right?.type === 'object' ? right : right?.childForFieldName('body')
  },
  namesOf,
  doc: 'comment',
  docComment: /^\/\*\*/,
  isExported: ({ node, outer, owner }) => {
    if (isPrivate(node)) return false
    if (!owner) {
      if (/^(?:pair|method_definition|assignment_expression)$/.test(node.type)) return true
      // `declare global` and `declare module 'x'` hold for everybody.
      if (/^(?:ambient_declaration|module)$/.test(node.type)) return true
      // A default export goes by another name.
      const isDefault = hasToken(outer, 'default') && !!outer.childForFieldName('declaration')
      return outer.type === 'export_statement' && !isDefault
    }
    if (owner.kind !== 'module') return true
    return outer.type === 'export_statement' || owner.node.type !== 'internal_module'
  },
  exportsOf,
}

export const typescript: Language = {
  ...ecmascript,
  name: 'TypeScript',
  grammar: 'typescript',
  extensions: /\.[cm]?ts$/,
}
export const tsx: Language = { ...ecmascript, name: 'TypeScript', grammar: 'tsx', extensions: /\.tsx$/ }
export const javascript: Language = {
  ...ecmascript,
  name: 'JavaScript',
  grammar: 'javascript',
  extensions: /\.(?:[cm]?js|jsx)$/,
}
