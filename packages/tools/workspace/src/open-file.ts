import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises'
import { locate, type Located, locateReal } from './locate.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** An open file that was inside the root when it was checked, after it was opened. */
export interface OpenFile extends Located {
  readonly handle: FileHandle
  readonly bytes: number
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
 * Refuses a handle that is not of the file at the place it was opened from: between looking and opening,
 * somebody may have put a link there. Where the system says what a handle is (`/proc`), that is asked too.
 */
const verify = async (
  workspace: Workspace,
  { handle, absolute }: { handle: FileHandle; absolute: string },
  path: string,
): Promise<BigIntStats> => {
  const opened = await handle.stat({ bigint: true })
  refuseSpecial(opened, path)
  const now = await realpath(absolute)
  locateReal(workspace, now, path)
  locateReal(workspace, await readlink(`/proc/self/fd/${handle.fd}`).catch(() => now), path)
  const there = await stat(now, { bigint: true })
  if (there.ino !== opened.ino || there.dev !== opened.dev)
    throw new WorkspaceError(`${showPath(path)} was replaced while it was being opened. Try again.`, {
      code: 'io',
      path,
    })
  return opened
}

/**
 * Opens a regular file inside the root for reading; the caller closes the handle. Never blocks on a pipe and
 * never opens a device. Hard links are files like any other.
 * @throws WorkspaceError when it is missing, outside, or not a regular file
 */
export const openFile = async (workspace: Workspace, path: string): Promise<OpenFile> => {
  const located = await locate(workspace, path)
  let handle: FileHandle | undefined
  try {
    refuseSpecial(await stat(located.absolute, { bigint: true }), path)
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    handle = await open(located.absolute, flags)
    const stats = await verify(workspace, { handle, absolute: located.absolute }, path)
    return { ...located, handle, bytes: Number(stats.size) }
  } catch (error) {
    await handle?.close()
    throw fromSystemError(error, path)
  }
}
