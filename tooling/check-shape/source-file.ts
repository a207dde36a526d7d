import { type Comment, type EcmaScriptModule, parseSync, type Program, Visitor } from 'oxc-parser'

/** A name that a module exports, or everything of another module (`name` absent). */
export interface ExportedName {
  readonly name?: string
  /** The specifier it is re-exported from. */
  readonly from?: string
}

/** One file of source, parsed. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: number
  /** Specifiers of every import and re-export, types and dynamic imports included. */
  readonly imports: readonly string[]
  readonly exports: readonly ExportedName[]
  readonly program: Program
  readonly comments: readonly Comment[]
}

const quoted = /^(?<quote>['"`])(?<specifier>[^$]*)\k<quote>$/

const importsOf = (module: EcmaScriptModule, program: Program, text: string): string[] => {
  const found = new Set(module.staticImports.map(({ moduleRequest }) => moduleRequest.value))
  for (const { entries } of module.staticExports)
    for (const { moduleRequest } of entries) if (moduleRequest) found.add(moduleRequest.value)
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = quoted.exec(text.slice(moduleRequest.start, moduleRequest.end))
    if (literal?.groups?.['specifier']) found.add(literal.groups['specifier'])
  }
  new Visitor({ TSImportType: ({ source }) => void found.add(source.value) }).visit(program)
  return [...found]
}

const exportsOf = (module: EcmaScriptModule): ExportedName[] =>
  module.staticExports.flatMap(({ entries }) =>
    entries.map(({ exportName, moduleRequest }) => ({
      ...(exportName.start !== null && { name: exportName.name ?? 'default' }),
      ...(moduleRequest && { from: moduleRequest.value }),
    })),
  )

/** Parses TypeScript or JavaScript. @throws Error with the place when it does not parse */
export const parseSource = (path: string, text: string): SourceFile => {
  const { program, module, comments, errors } = parseSync(path, text, { sourceType: 'module' })
  const [error] = errors
  if (error) throw new Error(`${path} does not parse: ${error.message}\n${error.codeframe ?? ''}`)
  return {
    path,
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: importsOf(module, program, text),
    exports: exportsOf(module),
    program,
    comments,
  }
}

/** The line of an offset, from 1. */
export const lineAt = ({ text }: SourceFile, offset: number): number =>
  text.slice(0, offset).split('\n').length
