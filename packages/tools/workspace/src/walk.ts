import type { Dirent } from 'node:fs'
import { opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBounded } from './bounded.ts'
import { holdFolder } from './folder-handle.ts'
import { enterFolder, type IgnoreRules, isIgnored, rulesAbove } from './ignore-rules.ts'
import { isGitInternal } from './inside-path.ts'
import { locate } from './locate.ts'
import { fromSystemError, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** `other`: a device, pipe or socket, or a name that no path can say: with a backslash, or not UTF-8. */
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

/** The name as text, and whether it is the whole truth: a name that is no UTF-8 cannot be opened by its text. */
const nameOf = (bytes: Buffer): { readonly name: string; readonly exact: boolean } => {
  const name = bytes.toString('utf8')
  return { name, exact: Buffer.from(name, 'utf8').equals(bytes) && !name.includes('\\') }
}

const kindOf = (entry: Dirent<Buffer>, exact: boolean): EntryKind => {
  if (!exact) return 'other'
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : Number(a.path > b.path)

/** At most `max` entries of a folder; undefined where it cannot be read or a link took its place. */
const readEntries = async (workspace: Workspace, path: string, max: number): Promise<Entry[] | undefined> => {
  const entries: Entry[] = []
  // Read by the folder that is held, not by its path: that may lead elsewhere by now.
  const folder = await holdFolder(workspace, path).catch(() => undefined)
  if (!folder) return undefined
  try {
    if (folder.relative !== path) return undefined
    const all = await readdir(folder.base, { withFileTypes: true, encoding: 'buffer' })
    for (const entry of all.slice(0, max)) {
      const { name, exact } = nameOf(entry.name)
      entries.push({ path: path === '.' ? name : `${path}/${name}`, kind: kindOf(entry, exact) })
    }
  } catch {
    return undefined
  } finally {
    await folder.close()
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
