import { columns, type Database, DatabaseError, openDatabase, type Recovery } from '@ashlar/sqlite'
import type { CacheStore } from './cache-store.ts'
import { checkFunctions, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'

/** Options of `sqliteCache`. */
export interface SqliteCacheOptions {
  /** Bytes of keys and values; what was used longest ago goes first, down to nine tenths of it. @default 256 MiB */
  readonly maxBytes?: number
  /** How long to wait for another process that writes, in milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number
  /** Told when a damaged file was set aside. @default a warning of the process */
  readonly onRecover?: (recovery: Recovery) => void
  readonly clock?: Clock
}

/** A store in a file, which processes may share. */
export interface SqliteCache extends CacheStore, AsyncDisposable {
  /** Bytes kept, of keys and values. */
  size(): Promise<number>
  /** Resolves when everything set so far is safe from `kill -9`. */
  flush(): Promise<void>
  /** Waits for what was set so far. The file is opened again when the store is used again. */
  close(): Promise<void>
}

// `total` saves adding everything up for every entry; the second index has all that pruning reads.
const migrations = [
  `CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    expires_at REAL,
    used_at REAL NOT NULL
  ) STRICT;
  CREATE INDEX entries_expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX entries_by_use ON entries (used_at, id, bytes);
  CREATE TABLE total (bytes INTEGER NOT NULL) STRICT;
  INSERT INTO total VALUES (0);
  CREATE TRIGGER entries_in AFTER INSERT ON entries BEGIN
    UPDATE total SET bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER entries_out AFTER DELETE ON entries BEGIN
    UPDATE total SET bytes = bytes - old.bytes;
  END;`,
]

const find = 'SELECT value, used_at FROM entries WHERE key = ?1 AND (expires_at IS NULL OR expires_at > ?2)'
const touch = 'UPDATE entries SET used_at = max(used_at, ?2) WHERE key = ?1'
const remove = 'DELETE FROM entries WHERE key = ?1'
const insert = `INSERT INTO entries (key, value, bytes, expires_at, used_at)
  VALUES (?1, ?2, octet_length(?1) + octet_length(?2), ?3, ?4)`
const expire = 'DELETE FROM entries WHERE expires_at <= ?1'
/** Nothing is read unless there is too much; then everything older than what fits goes, but never the newest. */
const prune = `DELETE FROM entries WHERE id IN (
  SELECT id FROM (
    SELECT id, bytes, sum(bytes) OVER (ORDER BY used_at DESC, id DESC) AS kept FROM entries
    WHERE (SELECT bytes FROM total) > ?1
  ) WHERE kept > ?2 AND kept > bytes
)`

/** A use is written down at most this often: a hit is not to cost a write. */
const useGranularityMs = 1000
/** Pruning makes room for more than one entry, so that not every one prunes. */
const keptShare = 0.9

const entry = columns({ value: 'text', used_at: 'real' })
const total = columns({ bytes: 'integer' })

const byteLength = (text: string): number => new TextEncoder().encode(text).length

/** The file, opened at its first use, and once more when it turns out to be damaged. */
const createOpener = (open: () => Promise<Database>) => {
  let opening: Promise<Database> | undefined
  const opened = (): Promise<Database> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const close = async (): Promise<void> => {
    const closing = opening
    opening = undefined
    await (await closing)?.close()
  }
  const use = async <T>(work: (database: Database) => T | Promise<T>): Promise<T> => {
    const mine = opened()
    try {
      return await work(await mine)
    } catch (error) {
      if (!DatabaseError.isInstance(error) || error.code !== 'corrupt') throw error
      // Opening it sets the damaged file aside. Others may have seen the damage before.
      if (opening === mine) await close()
      return work(await opened())
    }
  }
  return { use, close, opened: () => opening }
}

/**
 * A store in a SQLite file. Reads take one look-up on this thread, writes are batched in another. It survives
 * `kill -9` at any moment; several processes may use one file; a damaged file is set aside and replaced.
 * @throws InvalidArgument when an option is wrong
 */
export const sqliteCache = (file: string, options: SqliteCacheOptions = {}): SqliteCache => {
  checkNames(options, ['maxBytes', 'busyTimeoutMs', 'onRecover', 'clock'])
  checkNumbers(options, { maxBytes: { min: 1, whole: true }, busyTimeoutMs: { min: 0, whole: true } })
  checkFunctions(options, ['onRecover'])
  const { maxBytes = 256 * 1024 * 1024, clock = systemClock, busyTimeoutMs, onRecover } = options
  const opener = createOpener(() =>
    openDatabase(file, {
      migrations,
      ...(busyTimeoutMs !== undefined && { busyTimeoutMs }),
      ...(onRecover && { onRecover }),
    }),
  )
  const { use, close } = opener

  const read = async (database: Database, key: string): Promise<string | undefined> => {
    const now = clock.now()
    const found = database.query(find, entry).get(key, now)
    // Nobody waits for this, and a use that is not written down is no loss.
    if (found && found.used_at + useGranularityMs <= now)
      database.write(touch, [key, now]).catch(() => undefined)
    return found?.value
  }
  const put = async (database: Database, [key, value, ttlMs]: [string, string, number]): Promise<void> => {
    const now = clock.now()
    const expiresAt = ttlMs === Infinity ? null : now + ttlMs
    const fits = byteLength(key) + byteLength(value) <= maxBytes
    await database.writeAll([
      { sql: remove, params: [key] },
      ...(fits ? [{ sql: insert, params: [key, value, expiresAt, now] }] : []),
      { sql: expire, params: [now] },
      { sql: prune, params: [maxBytes, Math.floor(maxBytes * keptShare)] },
    ])
  }

  return {
    get: (key) => use((database) => read(database, key)),
    set: (key, value, { ttlMs }) => use((database) => put(database, [key, value, ttlMs])),
    delete: async (key) => {
      await use((database) => database.write(remove, [key]))
    },
    size: () => use((database) => database.query('SELECT bytes FROM total', total).get()?.bytes ?? 0),
    flush: async () => (await opener.opened())?.flush(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
