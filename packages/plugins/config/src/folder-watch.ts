import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { WatchedPlaces } from './watched-places.ts'

export interface FolderWatchOptions {
  /** Something of a name that matters has changed. */
  readonly onChange: () => void
  readonly onError: (error: unknown) => void
}

/** Watchers of folders. */
export interface FolderWatch {
  /** Watches these, and no others; true when there is one that was not watched. */
  readonly update: (places: WatchedPlaces) => Promise<boolean>
  readonly close: () => void
}

interface Watched {
  readonly watcher: FSWatcher
  /** A folder that was replaced has the same path, and another of these. */
  readonly inode: bigint | undefined
  names: ReadonlySet<string>
}

const inodeOf = (folder: string): Promise<bigint | undefined> =>
  stat(folder, { bigint: true }).then(
    ({ ino }) => ino,
    () => undefined,
  )

/** Makes one that watches nothing yet. It does not keep the process alive. */
export const createFolderWatch = ({ onChange, onError }: FolderWatchOptions): FolderWatch => {
  const watched = new Map<string, Watched>()
  const stop = (folder: string): void => {
    watched.get(folder)?.watcher.close()
    watched.delete(folder)
  }
  const start = (folder: string, names: ReadonlySet<string>, inode: bigint | undefined): boolean => {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || watched.get(folder)?.names.has(name)) onChange()
      })
      watched.set(folder, { watcher: watcher.on('error', onError), names, inode })
      return true
    } catch {
      // It went away meanwhile: the folder above tells when it is back.
      return false
    }
  }
  return {
    update: async (places) => {
      const inodes = new Map(
        await Promise.all([...places.keys()].map(async (folder) => [folder, await inodeOf(folder)] as const)),
      )
      for (const [folder, { inode }] of watched)
        if (!places.has(folder) || inodes.get(folder) !== inode) stop(folder)
      let isNew = false
      for (const [folder, names] of places) {
        const known = watched.get(folder)
        if (known) {
          if ([...names].some((name) => !known.names.has(name))) isNew = true
          known.names = names
        } else if (start(folder, names, inodes.get(folder))) isNew = true
      }
      return isNew
    },
    close: () => {
      for (const folder of watched.keys()) stop(folder)
    },
  }
}
