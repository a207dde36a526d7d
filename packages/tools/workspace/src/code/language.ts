import type { SyntaxNode } from './syntax.ts'

export type SymbolKind =
  | 'function'
  | 'method'
  | 'class'
  | 'interface'
  | 'type'
  | 'enum'
  | 'variable'
  | 'property'
  | 'module'

/** How to find the symbols of one language in its syntax tree. */
export interface Language {
  readonly name: string
  readonly grammar: string
  /** Nodes that are symbols. */
  readonly kinds: Readonly<Record<string, SymbolKind>>
  /** Nodes to look inside: what is in them stands where they stand. */
  readonly wrappers: readonly string[]
  /** Nodes whose children are members of the symbol they belong to. */
  readonly bodies: readonly string[]
  /** Where a doc comment is: in comments before the symbol, or as the first string of its body. */
  readonly doc: 'comment' | 'docstring'
  /** Which comments count. */
  readonly docComment: RegExp
  readonly isExported: (node: SyntaxNode, name: string) => boolean
}

const typescript: Omit<Language, 'name' | 'grammar'> = {
  kinds: {
    function_declaration: 'function',
    generator_function_declaration: 'function',
    function_signature: 'function',
    class_declaration: 'class',
    abstract_class_declaration: 'class',
    interface_declaration: 'interface',
    type_alias_declaration: 'type',
    enum_declaration: 'enum',
    internal_module: 'module',
    module: 'module',
    variable_declarator: 'variable',
    method_definition: 'method',
    method_signature: 'method',
    abstract_method_signature: 'method',
    public_field_definition: 'property',
    field_definition: 'property',
    property_signature: 'property',
  },
  wrappers: [
    'export_statement',
    'lexical_declaration',
    'variable_declaration',
    'ambient_declaration',
    'expression_statement',
  ],
  bodies: ['class_body', 'interface_body', 'object_type', 'statement_block'],
  doc: 'comment',
  docComment: /^\/\*\*/,
  isExported: (node) => /^export\b/.test(node.text),
}

const languages: readonly (Language & { readonly extensions: RegExp })[] = [
  { ...typescript, name: 'TypeScript', grammar: 'typescript', extensions: /\.[cm]?ts$/ },
  { ...typescript, name: 'TypeScript', grammar: 'tsx', extensions: /\.tsx$/ },
  { ...typescript, name: 'JavaScript', grammar: 'javascript', extensions: /\.(?:[cm]?js|jsx)$/ },
  {
    name: 'Python',
    grammar: 'python',
    extensions: /\.pyi?$/,
    kinds: { function_definition: 'function', class_definition: 'class' },
    wrappers: ['decorated_definition'],
    bodies: ['block'],
    doc: 'docstring',
    docComment: /^/,
    isExported: (_, name) => !name.startsWith('_'),
  },
  {
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
    },
    wrappers: ['type_declaration', 'const_declaration', 'var_declaration', 'var_spec_list'],
    bodies: [],
    doc: 'comment',
    docComment: /^\/[/*]/,
    isExported: (_, name) => /^\p{Lu}/u.test(name),
  },
  {
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
      const_item: 'variable',
      static_item: 'variable',
      mod_item: 'module',
      macro_definition: 'function',
    },
    wrappers: [],
    bodies: ['declaration_list'],
    doc: 'comment',
    docComment: /^(?:\/\/\/|\/\*\*)/,
    isExported: (node) => /^pub\b/.test(node.text),
  },
  {
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
      field_declaration: 'property',
    },
    wrappers: [],
    bodies: ['class_body', 'interface_body', 'enum_body', 'enum_body_declarations'],
    doc: 'comment',
    docComment: /^\/\*\*/,
    isExported: (node) => /^[^({]*\bpublic\b/.test(node.text),
  },
]

/** The language of a file, by its name. */
export const languageOf = (path: string): Language | undefined =>
  languages.find(({ extensions }) => extensions.test(path.toLowerCase()))

export const languageNames: readonly string[] = [...new Set(languages.map(({ name }) => name))]
