import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { WorkspaceError } from '../workspace-error.ts'

/** What this package uses of a node of tree-sitter. */
export interface SyntaxNode {
  readonly type: string
  readonly isNamed: boolean
  readonly text: string
  readonly startIndex: number
  readonly endIndex: number
  readonly startPosition: { readonly row: number }
  readonly endPosition: { readonly row: number }
  readonly hasError: boolean
  readonly namedChildren: readonly (SyntaxNode | null)[]
  readonly children: readonly (SyntaxNode | null)[]
  readonly previousNamedSibling: SyntaxNode | null
  childForFieldName(name: string): SyntaxNode | null
  childrenForFieldName(name: string): readonly (SyntaxNode | null)[]
}

interface SyntaxTree {
  readonly rootNode: SyntaxNode
  delete(): void
}

interface SyntaxParser {
  setLanguage(language: object): unknown
  parse(text: string, old: null, options: { progressCallback: () => boolean }): SyntaxTree | null
  delete(): void
}

interface TreeSitter {
  readonly Parser: { new (): SyntaxParser; init(): Promise<void> }
  readonly Language: { load(bytes: Uint8Array): Promise<object> }
}

const peer = '@vscode/tree-sitter-wasm'

/** The folder of the grammars. @throws WorkspaceError when the optional package is not installed */
const findPeer = (): { readonly library: TreeSitter; readonly folder: string } => {
  const require = createRequire(import.meta.url)
  try {
    const library: TreeSitter = require('@vscode/tree-sitter-wasm')
    return { library, folder: dirname(require.resolve(peer)) }
  } catch (cause) {
    throw new WorkspaceError(
      `Reading code needs the package ${peer}: npm install ${peer}. Until then use readFile.`,
      { code: 'missing-package', path: peer },
      { cause },
    )
  }
}

interface Syntax {
  readonly library: TreeSitter
  readonly grammar: (name: string) => Promise<object>
}

const startSyntax = async (): Promise<Syntax> => {
  const { library, folder } = findPeer()
  await library.Parser.init()
  const grammars = new Map<string, Promise<object>>()
  const load = async (name: string): Promise<object> =>
    library.Language.load(await readFile(join(folder, `tree-sitter-${name}.wasm`)))
  return {
    library,
    grammar: (name) => {
      const grammar = grammars.get(name) ?? load(name)
      grammars.set(name, grammar)
      return grammar
    },
  }
}

/** Runs at most once, unless it failed. */
const shared = <T>(start: () => Promise<T>): (() => Promise<T>) => {
  let started: Promise<T> | undefined
  const again = (error: unknown): never => {
    started = undefined
    throw error
  }
  return () => (started ??= start().catch(again))
}

/** The parser is one instance of WebAssembly for the whole process: a second start would take the memory of the first. */
const syntax = shared(startSyntax)

/** Milliseconds one file may take to parse. */
const parseMs = 2_000

/**
 * Parses text and hands its tree to `use`; the tree is gone afterwards. A file made to be slow is given up after 2 s, and
 * none can bring the process down: the parser is WebAssembly without recursion.
 * @throws WorkspaceError when the parser is not installed or the file takes too long
 */
export const withSyntax = async <T>(
  { text, grammar, path }: { readonly text: string; readonly grammar: string; readonly path: string },
  use: (root: SyntaxNode) => T,
): Promise<T> => {
  const { library, grammar: load } = await syntax()
  const language = await load(grammar)
  const parser = new library.Parser()
  try {
    parser.setLanguage(language)
    const started = performance.now()
    const tree = parser.parse(text, null, { progressCallback: () => performance.now() - started > parseMs })
    if (!tree)
      throw new WorkspaceError('This file takes too long to parse. Use readFile.', {
        code: 'too-large',
        path,
      })
    try {
      return use(tree.rootNode)
    } finally {
      tree.delete()
    }
  } finally {
    parser.delete()
  }
}
