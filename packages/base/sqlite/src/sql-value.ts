/** What SQLite stores. Integers beyond 2^53 are written as bigint and refused when they are read. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** One row, by column. */
export type Row = Readonly<Record<string, SqlValue>>

/** SQL with a value for each `?`. */
export interface Statement {
  readonly sql: string
  readonly params?: readonly SqlValue[] | undefined
}

/** What a statement that writes has done. */
export interface WriteResult {
  /** Rows inserted, changed or deleted. */
  readonly changes: number
  /** The rowid of the last row inserted on the connection that writes. */
  readonly lastInsertRowid: number
  /** What `RETURNING` gave. */
  readonly rows: readonly Row[]
}
