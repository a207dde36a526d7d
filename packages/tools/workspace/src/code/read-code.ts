import { readTextFile } from '../edit/text-file.ts'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { type CodeSymbol, symbolsIn } from './code-symbols.ts'
import { languageNames, languageOf } from './language.ts'
import { type SyntaxNode, withSyntax } from './syntax.ts'

export interface ReadCodeOptions {
  readonly path: string
  /** Also what others cannot use. @default true */
  readonly internal?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** A name that a module passes on from another. */
export interface Reexport {
  /** `*` for all of them. */
  readonly name: string
  /** What the other module calls it. */
  readonly original: string
  readonly from: string
}

export interface CodeOutline {
  readonly path: string
  readonly language: string
  readonly symbols: readonly CodeSymbol[]
  /** Only TypeScript and JavaScript. */
  readonly reexports: readonly Reexport[]
  /** Parts could not be understood; what could is here. */
  readonly incomplete: boolean
}

const quoted = (text: string): string => text.replaceAll(/^['"]|['"]$/g, '')

const reexportsOf = (root: SyntaxNode): Reexport[] =>
  root.namedChildren.flatMap((statement) => {
    const source = statement?.type === 'export_statement' ? statement.childForFieldName('source') : null
    if (!statement || !source) return []
    const from = quoted(source.text)
    const clause = statement.namedChildren.find((child) => child?.type === 'export_clause')
    if (!clause) return [{ name: '*', original: '*', from }]
    return clause.namedChildren.flatMap((specifier) => {
      const original = specifier?.childForFieldName('name')?.text
      if (original === undefined) return []
      return [{ name: specifier?.childForFieldName('alias')?.text ?? original, original, from }]
    })
  })

/**
 * What a source file declares: symbols with signatures, doc comments and lines, without the code inside. TypeScript,
 * JavaScript, Python, Go, Rust and Java: `readCode(workspace, { path: 'src/main.ts' })`. Needs `@vscode/tree-sitter-wasm`.
 * @throws WorkspaceError when the language is unknown, the parser not installed, or the file not text
 */
export const readCode = async (workspace: Workspace, options: ReadCodeOptions): Promise<CodeOutline> => {
  const { path, internal = true, signal } = options
  const language = languageOf(path)
  if (!language)
    throw new WorkspaceError(
      `The language of ${showPath(path)} is not among ${languageNames.join(', ')}. Use readFile.`,
      { code: 'unsupported', path },
    )
  const file = await readTextFile(workspace, { path })
  signal?.throwIfAborted()
  return withSyntax({ text: file.text, grammar: language.grammar, path }, (root) => {
    const symbols = symbolsIn(root, { language, source: file.text, depth: 0, statement: undefined })
    return {
      path: file.path,
      language: language.name,
      symbols: internal ? symbols : symbols.filter(({ exported }) => exported),
      reexports: language.name.endsWith('Script') ? reexportsOf(root) : [],
      incomplete: root.hasError,
    }
  })
}
