import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, realpath, rename, unlink } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { isVersion, versionOf } from './file-version.ts'
import { type FolderHandle, openFolder } from './folder-handle.ts'
import { locateReal, relativePath } from './locate.ts'
import { refuseSpecial } from './open-file.ts'
import { refuseSecret } from './secret-files.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** A change to a file, about to happen. */
export interface FileChange {
  /** Relative to the root, links resolved. */
  readonly path: string
  /** What is there now; undefined when there is nothing. */
  readonly before: { readonly bytes: Uint8Array; readonly mode: number } | undefined
  /** Version of what will be there; undefined: the file is removed. */
  readonly after: string | undefined
}

/** Keeps what files held before they changed. `createEditJournal` makes one. */
export interface EditJournal {
  /** Called when everything is ready but the change itself: what it throws prevents the change. */
  readonly record: (change: FileChange) => Promise<void>
}

export interface ReplaceOptions {
  readonly path: string
  /** The new content; undefined removes the file. */
  readonly bytes: Uint8Array | undefined
  /** Of a file that is made. @default as the process makes files */
  readonly mode?: number | undefined
  /** Version the file must still have; null: there must be none. */
  readonly expected?: string | null | undefined
  readonly journal?: EditJournal | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ReplacedFile {
  /** Relative to the root, links resolved. */
  readonly path: string
  /** There was no such file before. */
  readonly created: boolean
}

/** Where to write: a link inside the root is followed once, so that the link stays and its target changes. */
const resolveTarget = async (workspace: Workspace, path: string): Promise<string> => {
  const relative = relativePath(workspace, path)
  if (relative === '.' || /[\\/]$/.test(path))
    throw new WorkspaceError(`${showPath(path)} names a folder. Add a file name.`, {
      code: 'not-a-file',
      path,
    })
  const absolute = join(workspace.root, relative)
  const stats = await lstat(absolute).catch(() => undefined)
  if (!stats?.isSymbolicLink()) return relative
  const real = await realpath(absolute).catch((cause: unknown) => {
    throw new WorkspaceError(
      `${showPath(path)} is a symbolic link to nothing. Write to another path.`,
      { code: 'outside-workspace', path },
      { cause },
    )
  })
  return locateReal(workspace, real, path).relative
}

/** Mode of the file that is replaced, without setuid and the like; undefined when there is none. */
const existingMode = async (target: string, path: string): Promise<number | undefined> => {
  const stats = await lstat(target, { bigint: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return undefined
  if (stats.isSymbolicLink())
    throw new WorkspaceError(`${showPath(path)} was replaced by a link meanwhile. Try again.`, {
      code: 'io',
      path,
    })
  refuseSpecial(stats, path)
  return Number(stats.mode) & 0o777
}

interface Replacement {
  readonly bytes: Uint8Array
  readonly mode: number | undefined
  readonly signal: AbortSignal | undefined
  /** Called between the flush and the rename. */
  readonly beforeRename: () => Promise<void>
}

/** All or nothing: written beside the target, flushed to the disk, then renamed over it. */
const replace = async (target: string, folder: FolderHandle, replacement: Replacement): Promise<void> => {
  const { bytes, mode, signal, beforeRename } = replacement
  const temporary = join(folder.base, `.ashlar-${randomUUID()}.tmp`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(temporary, flags, mode ?? 0o666)
  try {
    try {
      await handle.writeFile(bytes, { signal })
      if (mode !== undefined) await handle.chmod(mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    signal?.throwIfAborted()
    await beforeRename()
    await rename(temporary, target)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

/** The name in the folder is durable once the folder is flushed; only Linux lets one flush it. */
const flushFolder = async (folder: FolderHandle): Promise<void> => {
  if (process.platform !== 'linux') return
  const handle = await open(folder.base, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const readTarget = async (workspace: Workspace, target: string, path: string): Promise<Uint8Array> => {
  const handle = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat({ bigint: true })
    refuseSpecial(stats, path)
    const { fileBytes } = workspace.limits
    if (stats.size > fileBytes)
      throw new WorkspaceError(
        `${showPath(path)} has ${stats.size} bytes, too many to keep for undoing. Write to another file.`,
        { code: 'too-large', path },
      )
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

const stale = (path: string): WorkspaceError =>
  new WorkspaceError(
    `${showPath(path)} has changed since it was read. Read it again, then repeat the change.`,
    {
      code: 'stale',
      path,
    },
  )

const change = async (
  workspace: Workspace,
  options: ReplaceOptions,
  { folder, name }: { folder: FolderHandle; name: string },
): Promise<ReplacedFile> => {
  const { path, bytes, expected, journal, signal } = options
  const target = join(folder.base, name)
  const mode = await existingMode(target, path)
  const written = folder.relative === '.' ? name : `${folder.relative}/${name}`
  refuseSecret(workspace, written, path)
  const needed = journal !== undefined || expected !== undefined
  const content = async (): Promise<Uint8Array | undefined> =>
    needed && mode !== undefined ? readTarget(workspace, target, path) : undefined
  const before = await content()
  const after = bytes && versionOf(bytes)
  const isStale = (now: Uint8Array | undefined): boolean => {
    const version = now && versionOf(now)
    if (expected === undefined) return false
    if (expected === null) return version !== undefined
    // A write that is repeated finds its own work.
    return version === undefined || (version !== after && !isVersion(version, expected))
  }
  if (isStale(before)) throw stale(path)
  const beforeRename = async (): Promise<void> => {
    await journal?.record({ path: written, before: before && { bytes: before, mode: mode ?? 0o666 }, after })
    if (expected !== undefined && isStale(await content())) throw stale(path)
  }
  if (bytes) await replace(target, folder, { bytes, mode: mode ?? options.mode, signal, beforeRename })
  else if (mode !== undefined) {
    await beforeRename()
    await unlink(target)
  }
  await flushFolder(folder)
  return { path: written, created: mode === undefined }
}

/**
 * Puts new content in the place of a file, or removes it: what a reader or a crash sees is the old file or the new one.
 * Nobody else in this process changes the file meanwhile. Links inside are followed once, hard links never.
 * @throws WorkspaceError when the path is outside, not a regular file, or the file is not what was `expected`
 */
export const replaceFile = async (workspace: Workspace, options: ReplaceOptions): Promise<ReplacedFile> => {
  const { path, signal } = options
  signal?.throwIfAborted()
  const relative = await resolveTarget(workspace, path)
  refuseSecret(workspace, relative, path)
  return workspace.exclusive(relative, async () => {
    const folder = await openFolder(workspace, posix.dirname(relative), path)
    try {
      return await change(workspace, options, { folder, name: basename(relative) })
    } catch (error) {
      throw fromSystemError(error, path)
    } finally {
      await folder.close()
    }
  })
}
