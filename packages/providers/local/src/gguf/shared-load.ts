import type { LoadedGguf } from './load-gguf.ts'

/** One load for all who ask, until it is freed. */
export interface SharedLoad {
  /** Starts the load or joins it; after a failure the next one asking tries again. */
  load(): Promise<LoadedGguf>
  /** Aborts with the reason given to `free`. */
  readonly ended: AbortSignal
  /** Frees the memory once, after a load that is under way. */
  free(reason: unknown): Promise<void>
}

/** Shares what `start` loads. */
export const shareLoad = (start: () => Promise<LoadedGguf>): SharedLoad => {
  const end = new AbortController()
  let loading: Promise<LoadedGguf> | undefined
  let freeing: Promise<void> | undefined
  const freeOnce = async (reason: unknown): Promise<void> => {
    end.abort(reason)
    const loaded = await loading?.catch(() => undefined)
    await loaded?.llama.dispose()
  }
  return {
    ended: end.signal,
    load: async () => {
      end.signal.throwIfAborted()
      const current = (loading ??= start())
      try {
        return await current
      } catch (error) {
        // The next request may find the file, or the package.
        if (loading === current) loading = undefined
        throw error
      }
    },
    free: (reason) => (freeing ??= freeOnce(reason)),
  }
}

/** Rejects with the signal's reason as soon as it aborts; what is waited for goes on for others. */
export const unlessAborted = async <T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([waiting, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
