import { lstat } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { type FolderHandle, holdFolder } from './folder-handle.ts'
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

/** Sizes are asked of the folder that is held, and of nothing a link leads to. */
const withSizes = async (
  workspace: Workspace,
  found: readonly Entry[],
  signal: AbortSignal | undefined,
): Promise<ListedEntry[]> => {
  const entries: ListedEntry[] = []
  let held: FolderHandle | undefined
  try {
    for (const entry of found) {
      signal?.throwIfAborted()
      const folder = posix.dirname(entry.path)
      if (entry.kind === 'file' && held?.relative !== folder) {
        await held?.close()
        held = await holdFolder(workspace, folder).catch(() => undefined)
      }
      const stats =
        entry.kind === 'file' && held?.relative === folder
          ? await lstat(join(held.base, basename(entry.path))).catch(() => undefined)
          : undefined
      entries.push(stats?.isFile() ? { ...entry, bytes: stats.size } : entry)
    }
  } finally {
    await held?.close()
  }
  return entries
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
  const entries = await withSizes(workspace, found.slice(0, max).toSorted(byPath), signal)
  return { entries, truncated }
}
