import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { createGlobMatcher } from './glob-matcher.ts'
import { createLineMatcher } from './line-matcher.ts'
import { locate } from './locate.ts'
import { type GrepMatch, searchFile } from './search-file.ts'
import { walk, type WalkProgress } from './walk.ts'
import { fromSystemError, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

export interface GrepOptions {
  /** A JavaScript regular expression, tried on each line by itself. */
  readonly pattern: string
  /** The pattern is plain text. @default false */
  readonly literal?: boolean | undefined
  /** @default false */
  readonly ignoreCase?: boolean | undefined
  /** The file or folder to search. @default the root */
  readonly path?: string | undefined
  /** Only files like this: `*.ts` at every depth, or a path relative to `path`. */
  readonly glob?: string | undefined
  /** Lines shown on either side of a match, at most 10. @default 0 */
  readonly context?: number | undefined
  /** Also what `.gitignore` files leave out. @default false */
  readonly includeIgnored?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined
}

export interface GrepResult {
  /** By file in the order of the walk, then by line. */
  readonly matches: readonly GrepMatch[]
  /** Files searched. */
  readonly searched: number
  /** Files left out: not text, secret, larger than `limits.fileBytes`, or not readable. */
  readonly skipped: number
  /** Which limit ended the search early. */
  readonly truncated?: 'matches' | 'resultChars' | 'visited' | 'searchMs'
}

interface Batch {
  readonly paths: readonly string[]
  readonly visited: number
  readonly truncated: boolean
  /** The one file that was asked for by name. */
  readonly named?: true
}

/** The files to search, folder by folder; the one file when `path` is one. */
async function* filesToSearch(workspace: Workspace, options: GrepOptions): AsyncGenerator<Batch> {
  const { path = '.', glob, includeIgnored, signal } = options
  const { relative, absolute } = await locate(workspace, path)
  const stats = await stat(absolute).catch((error: unknown) => {
    throw fromSystemError(error, path)
  })
  if (!stats.isDirectory()) return yield { paths: [relative], visited: 1, truncated: false, named: true }
  const filter =
    glob && createGlobMatcher(glob, { patternMs: workspace.limits.patternMs, anyDepth: true }).filter
  for await (const batch of walk(workspace, { path, includeIgnored, signal })) {
    const files = batch.entries.filter(({ kind }) => kind === 'file').map((entry) => entry.path)
    const below = files.map((file) => posix.relative(relative, file))
    const paths = filter ? filter(below).map((file) => posix.join(relative, file)) : files
    yield { ...batch, paths }
  }
}

/** Matches so far, and whether a limit has been reached. */
class Findings {
  readonly #limits: Workspace['limits']
  readonly #end: number
  #chars = 0
  readonly matches: GrepMatch[] = []
  searched = 0
  skipped = 0
  truncated: GrepResult['truncated']
  constructor(limits: Workspace['limits']) {
    this.#limits = limits
    this.#end = performance.now() + limits.searchMs
  }
  add(found: readonly GrepMatch[]): void {
    this.searched += 1
    for (const match of found) {
      const { text, before, after } = match
      for (const line of [text, ...before, ...after]) this.#chars += line.length + 1
      if (this.matches.length >= this.#limits.matches) this.truncated = 'matches'
      else if (this.#chars > this.#limits.resultChars) this.truncated = 'resultChars'
      if (this.truncated) return
      this.matches.push(match)
    }
    if (performance.now() > this.#end) this.truncated = 'searchMs'
  }
}

const isSkippable = (error: unknown): boolean =>
  WorkspaceError.isInstance(error) && error.code !== 'slow-pattern' && error.code !== 'invalid-pattern'

const searchedAtOnce = 8

/** Searches a few files at a time; the outcomes come in the order of the files. */
async function* searchAll(
  paths: readonly string[],
  search: (path: string) => Promise<GrepMatch[]>,
): AsyncGenerator<PromiseSettledResult<GrepMatch[]>> {
  for (let from = 0; from < paths.length; from += searchedAtOnce)
    yield* await Promise.allSettled(paths.slice(from, from + searchedAtOnce).map(search))
}

/**
 * Finds lines: `grep(workspace, { pattern: 'TODO', glob: '*.ts', context: 1 })`. Files that are not text are
 * skipped and counted, unless `path` names one.
 * @throws WorkspaceError when the pattern is unusable or too slow, or the path missing or outside
 */
export const grep = async (workspace: Workspace, options: GrepOptions): Promise<GrepResult> => {
  const { pattern, context = 0, signal, onProgress } = options
  const { patternMs } = workspace.limits
  const matcher = createLineMatcher(pattern, { ...options, patternMs })
  const findings = new Findings(workspace.limits)
  const search = { matcher, context: Math.min(10, Math.max(0, Math.trunc(context))), signal }
  for await (const batch of filesToSearch(workspace, options)) {
    const inOrder = searchAll(batch.paths, (file) => searchFile(workspace, file, search))
    for await (const outcome of inOrder) {
      signal?.throwIfAborted()
      if (outcome.status === 'fulfilled') findings.add(outcome.value)
      else if (batch.named || !isSkippable(outcome.reason)) throw outcome.reason
      else findings.skipped += 1
      if (findings.truncated) break
    }
    onProgress?.({ visited: batch.visited, found: findings.matches.length })
    if (batch.truncated) findings.truncated ??= 'visited'
    if (findings.truncated) break
  }
  const { matches, searched, skipped, truncated } = findings
  return { matches, searched, skipped, ...(truncated && { truncated }) }
}
