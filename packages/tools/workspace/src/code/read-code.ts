import { readTextFile } from '../edit/text-file.ts'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { type CodeSymbol, codeSymbols, exportedOnly } from './code-symbols.ts'
import { languageNames, languageOf } from './language.ts'
import { type Reexport, reexportsOf } from './reexports.ts'
import { withSyntax } from './syntax.ts'

export interface ReadCodeOptions {
  readonly path: string
  /** Also what others cannot use. @default true */
  readonly internal?: boolean | undefined
  readonly signal?: AbortSignal | undefined
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

/**
 * What a source file declares: symbols with signatures, doc comments and lines, without the code inside. TypeScript,
 * JavaScript, Python, Go, Rust, Java, C#, C++, C, PHP and Ruby: `readCode(workspace, { path: 'src/main.ts' })`. Needs `@vscode/tree-sitter-wasm`.
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
    const symbols = codeSymbols(root, { language, source: file.text })
    return {
      path: file.path,
      language: language.name,
      symbols: internal ? symbols : exportedOnly(symbols),
      reexports: language.name.endsWith('Script')
        ? reexportsOf(root, language.exportsOf?.(root).names ?? new Map())
        : [],
      incomplete: root.hasError,
    }
  })
}
