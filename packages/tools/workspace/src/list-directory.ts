import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { byPath, type Entry, walk, type WalkOptions, type WalkProgress } from './walk.ts'
import type { Workspace } from './workspace.ts'

export interface ListDirectoryOptions extends WalkOptions {
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined
}

export interface ListedEntry extends Entry {
  /** Size of a file. */
  readonly bytes?: number
}

export interface Listing {
  /** Sorted by path. */
  readonly entries: readonly ListedEntry[]
  /** There is more than `limits.entries`, or than `limits.visited` looked at. */
  readonly truncated: boolean
}

/**
 * Lists a folder, or with `depth` a tree: `listDirectory(workspace, { path: 'src', depth: 2 })`.
 * @throws WorkspaceError when the folder is missing, outside, or no folder
 */
export const listDirectory = async (
  workspace: Workspace,
  options: ListDirectoryOptions = {},
): Promise<Listing> => {
  const { depth = 1, onProgress, signal } = options
  const max = workspace.limits.entries
  const found: Entry[] = []
  let truncated = false
  for await (const batch of walk(workspace, { ...options, depth })) {
    found.push(...batch.entries)
    truncated = batch.truncated || found.length > max
    onProgress?.({ visited: batch.visited, found: found.length })
    if (truncated) break
  }
  const entries: ListedEntry[] = []
  for (const entry of found.slice(0, max).toSorted(byPath)) {
    signal?.throwIfAborted()
    const stats =
      entry.kind === 'file' && (await lstat(join(workspace.root, entry.path)).catch(() => undefined))
    entries.push(stats ? { ...entry, bytes: stats.size } : entry)
  }
  return { entries, truncated }
}
