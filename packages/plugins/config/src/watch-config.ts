import type { Schema } from '@ashlar/core'
import type { InferSchema } from '@ashlar/core/schema'
import type { Config } from './config.ts'
import { extensions, projectFolders, userFolderOf } from './find-files.ts'
import { createFolderWatch } from './folder-watch.ts'
import { loadConfig, type LoadConfigOptions } from './load-config.ts'
import { watchedPlaces } from './watched-places.ts'

export interface WatchConfigOptions<T> {
  /** Told of every configuration that differs from the one before. */
  readonly onChange?: (config: Config<T>) => void
  /** Told what is wrong with the files as they are now; the configuration stays what it was. */
  readonly onError?: (error: unknown) => void
  /** Milliseconds of quiet before files are read again. @default 50 */
  readonly quietMs?: number
}

/** A configuration that follows its files. */
export interface ConfigWatch<T> {
  /** The last one that was good. */
  readonly current: Config<T>
  /** Reads the files now; resolves when that is done. */
  readonly reload: () => Promise<void>
  readonly close: () => void
}

/**
 * Loads the configuration and loads it again when its files change, are added or go away, also where links lead to them
 * and where their folder comes later. What a program imports is not followed. Does not keep the process alive.
 *
 * @throws ConfigError when it is wrong at the start
 */
export const watchConfig = async <const S extends Schema>(
  options: LoadConfigOptions<S>,
  watching: WatchConfigOptions<InferSchema<S>> = {},
): Promise<ConfigWatch<InferSchema<S>>> => {
  const { onChange, onError, quietMs = 50 } = watching
  const { name = 'ashlar', env = process.env, cwd = process.cwd() } = options
  let current = await loadConfig(options)
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> = Promise.resolve()
  const shown = (config: typeof current): string => JSON.stringify([config.value, config.files])

  const read = async (): Promise<void> => {
    if (isClosed) return
    try {
      const next = await loadConfig(options)
      if (isClosed || shown(next) === shown(current)) return
      current = next
      onChange?.(next)
    } catch (error) {
      if (!isClosed) onError?.(error)
    } finally {
      if (!isClosed) await follow()
    }
  }
  const reload = (): Promise<void> => (reading = reading.then(read, read))
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void reload(), quietMs).unref()
  }
  const file = `${name}.config`
  const names = [...extensions.map((extension) => `${file}.${extension}`), 'trust.json']
  const userFolder = options.userFolder ?? userFolderOf(name, env)
  const watchers = createFolderWatch({ onChange: soon, onError: (error) => onError?.(error) })
  /** Links may lead elsewhere by now, and folders may have come. */
  const follow = async (): Promise<void> => {
    const folders = [userFolder, ...(await projectFolders(cwd))]
    const places = await watchedPlaces(folders, { names, file })
    // What has changed before it was watched is read again.
    if (!isClosed && (await watchers.update(places))) soon()
    if (isClosed) watchers.close()
  }
  await follow()
  return {
    get current() {
      return current
    },
    reload,
    close: () => {
      isClosed = true
      clearTimeout(timer)
      watchers.close()
    },
  }
}
