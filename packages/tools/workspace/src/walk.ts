import type { Dirent } from 'node:fs'
import { opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { createBounded } from './bounded.ts'
import { enterFolder, type IgnoreRules, isIgnored, rulesAbove } from './ignore-rules.ts'
import { isGitInternal } from './inside-path.ts'
import { locate } from './locate.ts'
import { fromSystemError, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** `other`: a device, pipe or socket, or a name with a backslash, which reads as a separator in a path. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other'

/** Something in a folder; links are named, never followed. */
export interface Entry {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly kind: EntryKind
}

/** What a long call says of itself on the way. */
export interface WalkProgress {
  /** Files and folders looked at so far. */
  readonly visited: number
  /** Results so far. */
  readonly found: number
}

export interface WalkOptions {
  /** The folder to start in. @default the root */
  readonly path?: string | undefined
  /** Also what `.gitignore` files leave out. `.git` itself never comes. @default false */
  readonly includeIgnored?: boolean | undefined
  /** Levels of folders to enter, 1 for the start alone. @default all */
  readonly depth?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What one folder holds, sorted by name. */
export interface WalkBatch {
  readonly entries: readonly Entry[]
  /** Files and folders looked at so far. */
  readonly visited: number
  /** `limits.visited` was reached: this is the last batch and there is more. */
  readonly truncated: boolean
}

interface Folder {
  readonly path: string
  readonly depth: number
  readonly rules: IgnoreRules | undefined
}

const kindOf = (entry: Dirent): EntryKind => {
  if (entry.name.includes('\\')) return 'other'
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : Number(a.path > b.path)

/** At most `max` entries of a folder; undefined where it cannot be read or a link took its place. */
const readEntries = async (workspace: Workspace, path: string, max: number): Promise<Entry[] | undefined> => {
  const absolute = join(workspace.root, path)
  const entries: Entry[] = []
  try {
    if ((await realpath(absolute)) !== absolute) return undefined
    for await (const entry of await opendir(absolute)) {
      if (entries.length >= max) break
      const child = path === '.' ? entry.name : `${path}/${entry.name}`
      entries.push({ path: child, kind: kindOf(entry) })
    }
  } catch {
    return undefined
  }
  return entries.toSorted(byPath)
}

const slowRules = (): WorkspaceError =>
  new WorkspaceError('A .gitignore rule takes too long. Set includeIgnored to do without.', {
    code: 'slow-pattern',
    path: '.gitignore',
  })

const startOf = async (workspace: Workspace, options: WalkOptions): Promise<Folder> => {
  const { path = '.', includeIgnored = false } = options
  const { relative } = await locate(workspace, path)
  try {
    await (await opendir(join(workspace.root, relative))).close()
  } catch (error) {
    throw fromSystemError(error, path)
  }
  if (includeIgnored) return { path: relative, depth: 1, rules: undefined }
  const rules = await rulesAbove(workspace, relative)
  // Asked for by name, an ignored folder is shown as if nothing were ignored.
  const names = relative.split('/')
  const ignored =
    relative !== '.' && names.some((_, index) => isIgnored(rules, names.slice(0, index + 1).join('/'), true))
  return { path: relative, depth: 1, rules: ignored ? undefined : rules }
}

/**
 * Goes through a folder and those below it, folder by folder, depth first, in the order of names. Leaves out
 * `.git` and what `.gitignore` files ignore; folders that cannot be read are passed over.
 * @throws WorkspaceError when the start is missing, outside, or not a folder
 */
export async function* walk(workspace: Workspace, options: WalkOptions = {}): AsyncGenerator<WalkBatch> {
  const { depth = Infinity, signal } = options
  const { visited: max, patternMs } = workspace.limits
  const bounded = createBounded(patternMs, slowRules)
  const pending = [await startOf(workspace, options)]
  let visited = 0
  for (let folder = pending.pop(); folder; folder = pending.pop()) {
    signal?.throwIfAborted()
    const found = (await readEntries(workspace, folder.path, max - visited + 1)) ?? []
    const truncated = visited + found.length > max
    if (truncated) found.pop()
    visited += found.length
    const rules =
      folder.rules && (await enterFolderOf(workspace, folder.rules, { folder: folder.path, found }))
    const entries = bounded(() =>
      found.filter(
        ({ path, kind }) => !isGitInternal(path) && !(rules && isIgnored(rules, path, kind === 'folder')),
      ),
    )
    yield { entries, visited, truncated }
    if (truncated) return
    if (folder.depth < depth)
      for (const { path, kind } of entries.toReversed())
        if (kind === 'folder') pending.push({ path, depth: folder.depth + 1, rules })
  }
}

/** Most folders have no `.gitignore`: only where one was seen is it read. */
const enterFolderOf = async (
  workspace: Workspace,
  rules: IgnoreRules,
  { folder, found }: { folder: string; found: readonly Entry[] },
): Promise<IgnoreRules> =>
  found.some(({ path }) => path === '.gitignore' || path.endsWith('/.gitignore'))
    ? enterFolder(workspace, rules, folder)
    : rules
