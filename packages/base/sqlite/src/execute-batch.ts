import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type DatabaseFailure, failureOf } from './database-error.ts'
import type { Row, SqlValue, Statement, WriteResult } from './sql-value.ts'

/** How one write ended. */
export type Outcome = { readonly results: readonly WriteResult[] } | { readonly failure: DatabaseFailure }

/** What a batch is run on. */
export interface BatchTarget {
  readonly file: string
  readonly database: DatabaseSync
  readonly prepare: (sql: string) => StatementSync
}

/** Failures of one statement, which leave the transaction as it was. Source: sqlite.org/lang_transaction.html */
const harmless: ReadonlySet<string> = new Set(['constraint', 'statement-failed'])

const returning = /\breturning\b/i

/** Node 22 takes an empty array that came from another thread for NULL: it has no memory. */
const noBytes = new Uint8Array(1).subarray(1)

const toBound = (value: SqlValue): SqlValue =>
  value instanceof Uint8Array && value.length === 0 ? noBytes : value

const runStatement = (prepare: BatchTarget['prepare'], { sql, params = [] }: Statement): WriteResult => {
  const statement = prepare(sql)
  const bound = params.map(toBound)
  if (!returning.test(sql)) {
    const { changes, lastInsertRowid } = statement.run(...bound)
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid), rows: [] }
  }
  const rows: readonly Row[] = statement.all(...bound)
  return { changes: rows.length, lastInsertRowid: 0, rows }
}

const runWrite = ({ database, prepare, file }: BatchTarget, statements: readonly Statement[]): Outcome => {
  const alone = statements.length === 1
  const results: WriteResult[] = []
  if (!alone) database.exec('SAVEPOINT one_write')
  for (const statement of statements)
    try {
      results.push(runStatement(prepare, statement))
    } catch (cause) {
      const failure = failureOf(cause, { file, sql: statement.sql })
      // `isTransaction` is not there before Node 22.16; those codes do not end a transaction.
      if (!harmless.has(failure.code) || database.isTransaction === false) throw cause
      if (!alone) database.exec('ROLLBACK TO one_write; RELEASE one_write')
      return { failure }
    }
  if (!alone) database.exec('RELEASE one_write')
  return { results }
}

/**
 * Runs all writes in one transaction. A write that fails by itself leaves the others as they are; when the
 * transaction cannot go on or be committed, all have failed.
 */
export const executeBatch = (
  target: BatchTarget,
  writes: readonly (readonly Statement[])[],
): readonly Outcome[] => {
  const { database, file } = target
  try {
    database.exec('BEGIN IMMEDIATE')
    const outcomes = writes.map((statements) => runWrite(target, statements))
    database.exec('COMMIT')
    return outcomes
  } catch (cause) {
    try {
      database.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, or the transaction never began.
    }
    const failure = failureOf(cause, { file })
    return writes.map(() => ({ failure }))
  }
}
