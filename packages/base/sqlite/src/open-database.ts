import { resolve } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { InvalidArgument } from '@ashlar/core'
import type { Database, DatabaseOptions, Query } from './database.ts'
import { DatabaseError, toDatabaseError } from './database-error.ts'
import { restoreRow, toStored } from './nul-text.ts'
import type { ConnectionOptions } from './open-connection.ts'
import type { Row, SqlValue, Statement, WriteResult } from './sql-value.ts'
import { createStatementCache } from './statement-cache.ts'
import { openThreadWriter } from './thread-writer.ts'
import { WriteQueue } from './write-queue.ts'
import { openInlineWriter, type Writer } from './writer.ts'

const memory = ':memory:'

/** What would end or nest the batch's own transaction, or cannot run inside one. */
const notInBatches = /^\s*(?:begin|commit|end|rollback|savepoint|release|vacuum|attach|detach)\b/i

const isSqlValue = (value: unknown): boolean =>
  value === null ||
  value instanceof Uint8Array ||
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'bigint'

const checkStatement = ({ sql, params = [] }: Statement): void => {
  if (typeof sql !== 'string' || sql.trim() === '') throw new InvalidArgument('sql', 'one SQL statement', sql)
  if (notInBatches.test(sql))
    throw new InvalidArgument(
      'sql',
      'a statement that can run in a transaction with others (several that belong together: writeAll)',
      sql,
    )
  // Here, because in the queue it would fail whatever else is in its batch.
  for (const [index, value] of params.entries())
    if (!isSqlValue(value))
      throw new InvalidArgument(
        `params[${index}]`,
        'null, a number, bigint, string or Uint8Array',
        typeof value,
      )
}

const isSize = (value: number): boolean => Number.isInteger(value) && value >= 0

const complete = (file: string, options: DatabaseOptions): Required<Omit<DatabaseOptions, 'migrations'>> => {
  const all = {
    busyTimeoutMs: 5000,
    synchronous: 'normal' as const,
    check: true,
    thread: true,
    maxQueuedWrites: 10_000,
    maxQueuedBytes: 64 * 1024 * 1024,
    onRecover: ({ message }: { message: string }) => process.emitWarning(message),
    ...options,
  }
  if (typeof file !== 'string' || file === '')
    throw new InvalidArgument('file', "the path of a file, or ':memory:'", file)
  for (const name of ['busyTimeoutMs', 'maxQueuedWrites', 'maxQueuedBytes'] as const)
    if (!isSize(all[name])) throw new InvalidArgument(name, 'a whole number, 0 or more', all[name])
  if (all.synchronous !== 'normal' && all.synchronous !== 'full')
    throw new InvalidArgument('synchronous', "'normal' or 'full'", all.synchronous)
  for (const sql of options.migrations ?? [])
    if (typeof sql !== 'string') throw new InvalidArgument('migrations', 'SQL texts', typeof sql)
  return all
}

const openReader = (file: string, busyTimeoutMs: number): DatabaseSync => {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA query_only = ON`)
  return database
}

interface Parts {
  readonly file: string
  readonly reader: DatabaseSync
  /** The reader is the writer's own connection. */
  readonly shared: boolean
  readonly queue: WriteQueue
  readonly writer: Writer
}

class OpenDatabase implements Database {
  readonly file: string
  readonly #reader: DatabaseSync
  readonly #prepare: ReturnType<typeof createStatementCache>
  readonly #queue: WriteQueue
  readonly #writer: Writer
  readonly #shared: boolean
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    this.file = parts.file
    this.#shared = parts.shared
    this.#reader = parts.reader
    this.#prepare = createStatementCache(parts.reader)
    this.#queue = parts.queue
    this.#writer = parts.writer
  }

  query<T>(sql: string, map: (row: Row) => T): Query<T> {
    const read = <R>(use: (statement: StatementSync) => R): R => {
      this.#checkOpen()
      try {
        return use(this.#prepare(sql))
      } catch (cause) {
        throw toDatabaseError(cause, { file: this.file, sql })
      }
    }
    return {
      all: (...params) =>
        read((statement) => statement.all(...params.map(toStored))).map((row) => map(restoreRow(row))),
      get: (...params) => {
        const row = read((statement) => statement.get(...params.map(toStored)))
        return row && map(restoreRow(row))
      },
    }
  }

  async write(sql: string, params: readonly SqlValue[] = []): Promise<WriteResult> {
    const [result] = await this.writeAll([{ sql, params }])
    return result ?? { changes: 0, lastInsertRowid: 0, rows: [] }
  }

  async writeAll(statements: readonly Statement[]): Promise<readonly WriteResult[]> {
    this.#checkOpen()
    for (const statement of statements) checkStatement(statement)
    if (statements.length === 0) return []
    const stored = statements.map(({ sql, params = [] }) => ({ sql, params: params.map(toStored) }))
    const results = await this.#queue.add(stored)
    return results.map((result) => ({ ...result, rows: result.rows.map(restoreRow) }))
  }

  flush(): Promise<void> {
    return this.#queue.flush()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#queue.flush()
    // The writer last: who closes last moves the log into the file, and that is work.
    if (!this.#shared) this.#reader.close()
    await this.#writer.close()
  }

  #checkOpen(): void {
    if (this.#closing)
      throw new DatabaseError({
        code: 'closed',
        file: this.file,
        message: `${this.file}: the database is closed`,
      })
  }
}

const openWriter = async (
  connection: ConnectionOptions,
  thread: boolean,
): Promise<Pick<Parts, 'reader' | 'shared' | 'writer'>> => {
  const { file, busyTimeoutMs } = connection
  if (file === memory) {
    const { writer, database } = openInlineWriter(connection)
    return { writer, reader: database, shared: true }
  }
  const writer = thread ? await openThreadWriter(connection) : openInlineWriter(connection).writer
  return { writer, reader: openReader(file, busyTimeoutMs), shared: false }
}

/**
 * Opens a database, and makes it when there is none: WAL, foreign keys, its schema brought up to date, all of it in
 * the thread that will write. A damaged file is set aside as `<file>.corrupt-<time>` and replaced by a fresh one.
 * @throws DatabaseError `newer-schema`, `migration-failed`, `cannot-open` or `busy`; InvalidArgument for a wrong option
 */
export const openDatabase = async (file: string, options: DatabaseOptions = {}): Promise<Database> => {
  const { busyTimeoutMs, synchronous, check, thread, maxQueuedWrites, maxQueuedBytes, onRecover } = complete(
    file,
    options,
  )
  const path = file === memory ? file : resolve(file)
  const { migrations } = options
  const connection = { file: path, migrations, busyTimeoutMs, synchronous, check }
  const opened = await openWriter(connection, thread)
  const { writer } = opened
  const queue = new WriteQueue({ file: path, writer, maxQueuedWrites, maxQueuedBytes })
  if (writer.recovery) onRecover(writer.recovery)
  return new OpenDatabase({ file: path, ...opened, queue })
}
