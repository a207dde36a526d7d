import type { CacheStore } from './cache-store.ts'
import { checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'

export interface MemoryStoreOptions {
  /** Bytes of keys and values, two a character; what was used longest ago goes first. @default 100 MiB */
  readonly maxBytes?: number
  readonly clock?: Clock
}

/** A store in this process. */
export interface MemoryStore extends CacheStore {
  /** Bytes kept. */
  readonly bytes: number
}

interface Entry {
  readonly value: string
  readonly expiresAt: number
  readonly bytes: number
}

/** @throws InvalidArgument when an option is wrong */
export const memoryStore = (options: MemoryStoreOptions = {}): MemoryStore => {
  checkNames(options, ['maxBytes', 'clock'])
  checkNumbers(options, { maxBytes: { min: 1 } })
  const { maxBytes = 100 * 1024 * 1024, clock = systemClock } = options
  // In order of use: what is used is put at the end.
  const entries = new Map<string, Entry>()
  let bytes = 0
  const remove = (key: string): Entry | undefined => {
    const entry = entries.get(key)
    if (entry) bytes -= entry.bytes
    entries.delete(key)
    return entry
  }
  const put = (key: string, entry: Entry): void => {
    bytes += entry.bytes
    entries.set(key, entry)
  }
  return {
    get bytes() {
      return bytes
    },
    async get(key) {
      const entry = remove(key)
      if (!entry || entry.expiresAt <= clock.now()) return undefined
      put(key, entry)
      return entry.value
    },
    async set(key, value, { ttlMs }) {
      remove(key)
      const size = 2 * (key.length + value.length)
      if (size > maxBytes) return
      put(key, { value, expiresAt: clock.now() + ttlMs, bytes: size })
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break
        remove(oldest)
      }
    },
    async delete(key) {
      remove(key)
    },
  }
}
