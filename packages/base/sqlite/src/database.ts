import type { Row, SqlValue, Statement, WriteResult } from './sql-value.ts'

/** A damaged file was set aside, and a fresh one made in its place. */
export interface Recovery {
  readonly file: string
  /** Where the damaged file is now, its `-wal` beside it: `<file>.corrupt-<time>`. */
  readonly setAside: string
  /** What SQLite said of it. */
  readonly reason: string
  /** All of that in a sentence. */
  readonly message: string
}

/** Options of `openDatabase`. */
export interface DatabaseOptions {
  /**
   * SQL that takes the schema from one version to the next; `user_version` counts how many have run. Append only.
   * Each runs once, all that are missing in one transaction. @default none: the schema is not looked at
   */
  readonly migrations?: readonly string[]
  /** How long to wait for another process that writes, in milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number
  /**
   * 'normal' survives a crash of the process; 'full' also a power cut, for a disk sync each batch.
   * @default 'normal'
   */
  readonly synchronous?: 'normal' | 'full'
  /** Whether the file is checked when it is opened: in the writer's thread, in time proportional to its size. @default true */
  readonly check?: boolean
  /** Whether writes have a thread of their own; without, each batch blocks the event loop. Never for ':memory:'. @default true */
  readonly thread?: boolean
  /** Writes that may wait; one more is refused with `queue-full`. @default 10000 */
  readonly maxQueuedWrites?: number
  /** Bytes of values that may wait. @default 64 MiB */
  readonly maxQueuedBytes?: number
  /** Told when a damaged file was set aside. @default a warning of the process */
  readonly onRecover?: (recovery: Recovery) => void
}

/** A prepared statement that reads. */
export interface Query<T> {
  all(...params: readonly SqlValue[]): T[]
  /** The first row. */
  get(...params: readonly SqlValue[]): T | undefined
}

/**
 * An open database. Reads are synchronous and see every write that was acknowledged; writes are batched: those made
 * while a batch is under way are the next transaction. Nothing of it keeps the process alive while no write waits.
 */
export interface Database extends AsyncDisposable {
  readonly file: string
  /** A statement that reads; prepared once for each SQL text. `map` makes the rows what they should be: see `columns`. */
  query<T>(sql: string, map: (row: Row) => T): Query<T>
  /** Resolves when the write is committed. @throws DatabaseError */
  write(sql: string, params?: readonly SqlValue[]): Promise<WriteResult>
  /** Several statements, all or none. @throws DatabaseError */
  writeAll(statements: readonly Statement[]): Promise<readonly WriteResult[]>
  /** Resolves when every write made so far is committed or has failed. */
  flush(): Promise<void>
  /** Waits for the writes made so far. May be called again. */
  close(): Promise<void>
}
