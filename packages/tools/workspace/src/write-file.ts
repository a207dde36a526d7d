import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, realpath, rename, unlink } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { type FolderHandle, openFolder } from './folder-handle.ts'
import { locateReal, relativePath } from './locate.ts'
import { refuseSpecial } from './open-file.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

export interface WriteFileOptions {
  readonly path: string
  /** Written as UTF-8. */
  readonly text: string
  readonly signal?: AbortSignal | undefined
}

export interface WrittenFile {
  /** Relative to the root, links resolved. */
  readonly path: string
  readonly bytes: number
  /** False: a file that was there is replaced. */
  readonly created: boolean
}

const encode = (workspace: Workspace, path: string, text: string): Uint8Array => {
  if (!text.isWellFormed())
    throw new WorkspaceError('The text holds half of a surrogate pair, which UTF-8 cannot carry.', {
      code: 'encoding',
      path,
    })
  const bytes = Buffer.from(text, 'utf8')
  const { writeBytes } = workspace.limits
  if (bytes.length > writeBytes)
    throw new WorkspaceError(
      `The text has ${bytes.length} bytes; at most ${writeBytes} are written at once. Split it into several files.`,
      { code: 'too-large', path },
    )
  return bytes
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
}

/** All or nothing: written beside the target, flushed to the disk, then renamed over it. */
const replace = async (target: string, folder: FolderHandle, replacement: Replacement): Promise<void> => {
  const { bytes, mode, signal } = replacement
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
    await rename(temporary, target)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

/**
 * Writes a text file, making the folders above it: `writeFile(workspace, { path: 'out/report.md', text })`.
 * A reader sees the old file or the new one, never a part; the mode of a replaced file is kept.
 * @throws WorkspaceError when the path is outside (also through a link), not a regular file, or the text too large
 */
export const writeFile = async (workspace: Workspace, options: WriteFileOptions): Promise<WrittenFile> => {
  const { path, text, signal } = options
  const bytes = encode(workspace, path, text)
  signal?.throwIfAborted()
  const relative = await resolveTarget(workspace, path)
  const folder = await openFolder(workspace, posix.dirname(relative), path)
  try {
    const name = basename(relative)
    const target = join(folder.base, name)
    const mode = await existingMode(target, path)
    await replace(target, folder, { bytes, mode, signal })
    const written = folder.relative === '.' ? name : `${folder.relative}/${name}`
    return { path: written, bytes: bytes.length, created: mode === undefined }
  } catch (error) {
    throw fromSystemError(error, path)
  } finally {
    await folder.close()
  }
}
