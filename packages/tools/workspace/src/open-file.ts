import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises'
import { locate, type Located, locateReal } from './locate.ts'
import { refuseSecret } from './secret-files.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** An open file that was inside the root when it was checked, after it was opened. */
export interface OpenFile extends Located {
  readonly handle: FileHandle
  readonly bytes: number
}

interface OpenedFile {
  readonly handle: FileHandle
  /** Where it was opened. */
  readonly absolute: string
  readonly stats: BigIntStats
}

const kinds = [
  ['isDirectory', 'a folder'],
  ['isFIFO', 'a named pipe'],
  ['isSocket', 'a socket'],
  ['isCharacterDevice', 'a device'],
  ['isBlockDevice', 'a device'],
] as const

/** Lets only regular files pass. @throws WorkspaceError naming what it is instead */
export const refuseSpecial = (
  stats: Pick<BigIntStats, (typeof kinds)[number][0] | 'isFile'>,
  path: string,
): void => {
  if (stats.isFile()) return
  const kind = kinds.find(([test]) => stats[test]())?.[1] ?? 'not a file'
  const advice = stats.isDirectory()
    ? 'Use listDirectory to see what is in it'
    : 'Only regular files are available'
  throw new WorkspaceError(`${showPath(path)} is ${kind}. ${advice}.`, { code: 'not-a-file', path })
}

/**
 * Refuses a handle that is not of a file inside: between looking and opening, somebody may have put a link there.
 * Linux says by itself what a handle is of; elsewhere the file at the place must be the one that was opened.
 */
const verify = async (workspace: Workspace, opened: OpenedFile, path: string): Promise<void> => {
  const { handle, absolute, stats } = opened
  const own = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined)
  if (own !== undefined) {
    refuseSecret(workspace, locateReal(workspace, own, path).relative, path)
    return
  }
  const now = await realpath(absolute)
  refuseSecret(workspace, locateReal(workspace, now, path).relative, path)
  const there = await stat(now, { bigint: true })
  if (there.ino !== stats.ino || there.dev !== stats.dev)
    throw new WorkspaceError(`${showPath(path)} was replaced while it was being opened. Try again.`, {
      code: 'io',
      path,
    })
}

/**
 * Opens a regular file inside the root for reading; the caller closes the handle. Never blocks on a pipe and
 * never opens a device. Hard links are files like any other.
 * @throws WorkspaceError when it is missing, outside, or not a regular file
 */
export const openFile = async (workspace: Workspace, path: string): Promise<OpenFile> => {
  const located = await locate(workspace, path)
  refuseSecret(workspace, located.relative, path)
  let handle: FileHandle | undefined
  try {
    refuseSpecial(await stat(located.absolute, { bigint: true }), path)
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    handle = await open(located.absolute, flags)
    const stats = await handle.stat({ bigint: true })
    refuseSpecial(stats, path)
    await verify(workspace, { handle, absolute: located.absolute, stats }, path)
    return { ...located, handle, bytes: Number(stats.size) }
  } catch (error) {
    await handle?.close()
    throw fromSystemError(error, path)
  }
}
