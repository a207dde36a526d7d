import { posix } from 'node:path'
import { createGlobMatcher } from './glob-matcher.ts'
import { locate } from './locate.ts'
import { walk, type WalkProgress } from './walk.ts'
import { WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

export interface GlobOptions {
  /** Relative to `path`; a pattern with `**` looks at every depth. */
  readonly pattern: string
  /** The folder to search. @default the root */
  readonly path?: string | undefined
  /** Also what `.gitignore` files leave out. @default false */
  readonly includeIgnored?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined
}

export interface GlobResult {
  /** Files, relative to the root, sorted. Links are not followed. */
  readonly paths: readonly string[]
  /** There is more than `limits.entries`, or than `limits.visited` looked at. */
  readonly truncated: boolean
}

/** The folder the walk starts in, links resolved; undefined when the pattern's own folder does not exist. */
const startOf = async (workspace: Workspace, path: string, base: string): Promise<string | undefined> => {
  const { relative } = await locate(workspace, path)
  if (base === '.') return relative
  try {
    return (await locate(workspace, posix.join(relative, base))).relative
  } catch (error) {
    if (WorkspaceError.isInstance(error) && error.code === 'not-found') return undefined
    throw error
  }
}

/**
 * Finds files by name: `glob(workspace, { pattern: 'docs/*.md' })`.
 * @throws WorkspaceError when the pattern is unusable, or the folder missing, outside, or no folder
 */
export const glob = async (workspace: Workspace, options: GlobOptions): Promise<GlobResult> => {
  const { pattern, path = '.', onProgress, ...rest } = options
  const { patternMs, entries: max } = workspace.limits
  const { base, depth, filter } = createGlobMatcher(pattern, { patternMs })
  const start = await startOf(workspace, path, base)
  if (start === undefined) return { paths: [], truncated: false }
  const above = start === '.' ? 0 : start.length + 1
  const found: string[] = []
  let truncated = false
  for await (const { entries, visited, ...batch } of walk(workspace, { ...rest, path: start, depth })) {
    const real = new Map<string, string>()
    for (const entry of entries)
      if (entry.kind === 'file') real.set(posix.join(base, entry.path.slice(above)), entry.path)
    for (const match of filter([...real.keys()])) found.push(real.get(match) ?? match)
    truncated = batch.truncated || found.length > max
    onProgress?.({ visited, found: found.length })
    if (truncated) break
  }
  return { paths: found.slice(0, max).toSorted(), truncated }
}
