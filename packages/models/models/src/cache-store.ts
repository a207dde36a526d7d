/** Where answers are kept: in memory, in a file, on a server. `testCacheStore` of `@ashlar/models/testing` checks one. */
export interface CacheStore {
  /** The value, unless there is none or its time is up. */
  get(key: string): Promise<string | undefined>
  /** Puts the value in place of what was there. A store may forget it any time. */
  set(key: string, value: string, options: CacheEntryOptions): Promise<void>
  /** Does nothing where there is no such key. */
  delete(key: string): Promise<void>
}

export interface CacheEntryOptions {
  /** Milliseconds until it is no longer given; `Infinity` for never. */
  readonly ttlMs: number
}
