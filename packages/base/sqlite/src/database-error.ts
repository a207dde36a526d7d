import { AshlarError } from '@ashlar/core'

/** What went wrong with a database. */
export type DatabaseErrorCode =
  | 'cannot-open'
  | 'wrong-file'
  | 'newer-schema'
  | 'migration-failed'
  | 'busy'
  | 'full'
  | 'corrupt'
  | 'constraint'
  | 'statement-failed'
  | 'queue-full'
  | 'writer-failed'
  | 'closed'

/** The facts of a `DatabaseError`: plain data, so that they can cross threads. */
export interface DatabaseFailure {
  readonly code: DatabaseErrorCode
  readonly message: string
  readonly file: string
  /** SQLite's own extended result code. Source: sqlite.org/rescode.html */
  readonly sqliteCode?: number
}

/** A database could not be opened, read or written; `code` says why. */
export class DatabaseError extends AshlarError {
  declare readonly code: DatabaseErrorCode
  readonly file: string
  declare readonly sqliteCode?: number
  override name = 'DatabaseError'
  constructor(failure: DatabaseFailure, options?: ErrorOptions) {
    super(failure.code, failure.message, options)
    this.file = failure.file
    if (failure.sqliteCode !== undefined) Object.assign(this, { sqliteCode: failure.sqliteCode })
  }
  static override isInstance(error: unknown): error is DatabaseError {
    return AshlarError.isInstance(error) && error.name === 'DatabaseError'
  }
}

/** By primary result code. Source: sqlite.org/rescode.html */
const codes: Readonly<Record<number, DatabaseErrorCode>> = {
  5: 'busy',
  6: 'busy',
  11: 'corrupt',
  13: 'full',
  14: 'cannot-open',
  19: 'constraint',
  26: 'corrupt',
}

const shownSql = 200

/** What node:sqlite threw, as facts. `code` is for what has no result code that says more. */
export const failureOf = (
  cause: unknown,
  context: { readonly file: string; readonly sql?: string; readonly code?: DatabaseErrorCode },
): DatabaseFailure => {
  const { file, sql, code = 'statement-failed' } = context
  if (DatabaseError.isInstance(cause)) {
    const { message, name: _, ...facts } = cause
    return { ...facts, message }
  }
  const words = cause instanceof Error ? cause.message : String(cause)
  const sqliteCode =
    cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number'
      ? cause.errcode
      : undefined
  const where = sql === undefined ? '' : `, in: ${sql.length > shownSql ? `${sql.slice(0, shownSql)}…` : sql}`
  return {
    code: (sqliteCode !== undefined && codes[sqliteCode & 0xff]) || code,
    message: `${file}: ${words}${where}`,
    file,
    ...(sqliteCode !== undefined && { sqliteCode }),
  }
}

/** What node:sqlite threw, as a `DatabaseError`. */
export const toDatabaseError = (cause: unknown, context: Parameters<typeof failureOf>[1]): DatabaseError =>
  DatabaseError.isInstance(cause) ? cause : new DatabaseError(failureOf(cause, context), { cause })
