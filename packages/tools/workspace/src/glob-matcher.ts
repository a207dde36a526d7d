import { posix } from 'node:path'
import picomatch from 'picomatch'
import { createBounded } from './bounded.ts'
import { showPath, WorkspaceError } from './workspace-error.ts'

export interface GlobMatcherOptions {
  /** Milliseconds for one batch of paths. */
  readonly patternMs: number
  /** A pattern without `/` matches the last name at every depth. @default false */
  readonly anyDepth?: boolean
}

/** Matches paths against one pattern in bounded time. */
export interface GlobMatcher {
  /** The paths that match, in their order. @throws WorkspaceError when that takes too long */
  readonly filter: (paths: readonly string[]) => string[]
  /** The folder below which every match is: `src` of `src/*.ts`, `'.'` when there is none. */
  readonly base: string
  /** Levels of folders below `base` that can hold a match. */
  readonly depth: number
}

const invalid = (pattern: string, why: string): WorkspaceError =>
  new WorkspaceError(`${showPath(pattern.slice(0, 200))} is not a usable glob pattern: ${why}.`, {
    code: 'invalid-pattern',
    path: pattern,
  })

const checkPattern = (pattern: string): void => {
  if (pattern === '') throw invalid(pattern, 'it is empty')
  if (pattern.includes('\0')) throw invalid(pattern, 'it holds a NUL character')
  if (pattern.length > 1_000) throw invalid(pattern, 'it is longer than 1,000 characters')
  if (pattern.startsWith('/') || pattern.split(/[\\/]/).includes('..'))
    throw invalid(pattern, 'it must be relative to the folder searched, without ".."')
}

const slow = (pattern: string): WorkspaceError =>
  new WorkspaceError(`${showPath(pattern)} takes too long. Use fewer wildcards.`, {
    code: 'slow-pattern',
    path: pattern,
  })

/**
 * Compiles a pattern of `*`, `?`, `**`, `[…]` and `{a,b}`; names that start with a dot count like others.
 * @throws WorkspaceError for a pattern that is empty, too long, or leads outside
 */
export const createGlobMatcher = (given: string, options: GlobMatcherOptions): GlobMatcher => {
  const { patternMs, anyDepth = false } = options
  const pattern = given.replace(/^(?:\.\/)+/, '')
  checkPattern(pattern)
  const matchBase = anyDepth && !pattern.includes('/')
  const bounded = createBounded(patternMs, () => slow(given))
  const syntax = { dot: true, noextglob: true, nonegate: true, matchBase, windows: false }
  const isMatch = bounded(() => picomatch(pattern, syntax))
  const { base, glob } = picomatch.scan(pattern)
  const folder = glob === '' ? posix.dirname(base) : base
  const deep = anyDepth || /\*\*|\{/.test(glob)
  return {
    base: folder === '' ? '.' : folder.replaceAll(/\\(.)/g, '$1'),
    depth: deep ? Infinity : glob.split('/').length,
    filter: (paths) => bounded(() => paths.filter((path) => isMatch(path))),
  }
}
