import { constants } from 'node:fs'
import { mkdir, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { locate, type Located, locateReal } from './locate.ts'
import { fromSystemError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** A folder inside the root that stays the same folder while it is held, whatever happens to its path. */
export interface FolderHandle extends Located {
  /** Names joined to this are inside this very folder. */
  readonly base: string
  readonly close: () => Promise<void>
}

/** Only Linux can name an open folder (`/proc`); elsewhere, and without it, the checked path must do. */
const enter = async (workspace: Workspace, folder: string, path: string): Promise<FolderHandle> => {
  const real = locateReal(workspace, await realpath(folder), path)
  const byPath = { ...real, base: real.absolute, close: async () => {} }
  if (process.platform !== 'linux') return byPath
  const handle = await open(real.absolute, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const base = `/proc/self/fd/${handle.fd}`
    const now = await realpath(base).catch(() => undefined)
    if (now !== undefined) return { ...locateReal(workspace, now, path), base, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return byPath
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const enterOrMake = async (workspace: Workspace, folder: string, path: string): Promise<FolderHandle> => {
  try {
    return await enter(workspace, folder, path)
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
  await mkdir(folder).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error
  })
  return enter(workspace, folder, path)
}

/**
 * Opens a folder inside the root and makes what is missing of it, one level at a time, each checked after it
 * was made: a link put in the way is found before anything is written beyond it. `path` is for messages.
 * @throws WorkspaceError when the folder is outside, or a file is in the way
 */
export const openFolder = async (
  workspace: Workspace,
  relative: string,
  path: string,
): Promise<FolderHandle> => {
  try {
    let folder = await enter(workspace, workspace.root, path)
    for (const name of relative === '.' ? [] : relative.split('/')) {
      const outer = folder
      try {
        folder = await enterOrMake(workspace, join(outer.base, name), path)
      } finally {
        await outer.close()
      }
    }
    return folder
  } catch (error) {
    throw fromSystemError(error, path)
  }
}

/**
 * Holds a folder that exists, wherever links inside the root lead: what is done by its `base` is done in this very
 * folder. The caller closes it.
 * @throws WorkspaceError when it is missing, outside, or no folder
 */
export const holdFolder = async (workspace: Workspace, path: string): Promise<FolderHandle> => {
  const { absolute } = await locate(workspace, path)
  try {
    return await enter(workspace, absolute, path)
  } catch (error) {
    throw fromSystemError(error, path)
  }
}
