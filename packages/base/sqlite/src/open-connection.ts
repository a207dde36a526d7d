import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checkDamaged, claimFile } from './application-id.ts'
import type { Recovery } from './database.ts'
import { DatabaseError, failureOf, toDatabaseError } from './database-error.ts'
import { migrate } from './migrate.ts'
import { retryBusy } from './retry-busy.ts'
import { inodeOf, setAside, underRecoveryLock } from './set-aside.ts'

/** What the connection that writes needs to know: plain data, so that it can cross threads. */
export interface ConnectionOptions {
  readonly file: string
  readonly migrations: readonly string[] | undefined
  readonly busyTimeoutMs: number
  readonly synchronous: 'normal' | 'full'
  readonly check: boolean
}

export interface Connection {
  readonly database: DatabaseSync
  readonly recovery?: Recovery
}

const memory = ':memory:'
/** SQLITE_IOERR. Source: sqlite.org/rescode.html */
const ioError = 10
/** Bytes. Source: sqlite.org/fileformat.html */
const smallestPage = 512
/** What is left of the write-ahead log after a checkpoint, so that one long transaction does not stay on disk. */
const maxLogBytes = 64 * 1024 * 1024

const corrupt = (file: string, words: string): DatabaseError =>
  new DatabaseError({ code: 'corrupt', file, message: `${file}: ${words}` })

/**
 * SQLite takes a file shorter than its header for an empty database, and would write over it. Only the size is looked
 * at: opening and closing the file here would take the locks off the other connections of this process.
 */
const checkSize = (file: string): void => {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0 && size < smallestPage) throw corrupt(file, 'file is not a database')
}

const checkContent = (database: DatabaseSync, file: string): void => {
  const { quick_check: found } = database.prepare('PRAGMA quick_check(1)').get() ?? {}
  if (found !== 'ok') throw corrupt(file, String(found))
}

const prepare = (database: DatabaseSync, options: ConnectionOptions): void => {
  const { file, migrations, busyTimeoutMs, synchronous, check } = options
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  if (check && file !== memory) checkContent(database, file)
  // Before the log is there, so that the mark is in the file itself, where it is found when the file is damaged.
  claimFile(database, file, options)
  retryBusy(() => database.exec('PRAGMA journal_mode = WAL'), busyTimeoutMs)
  database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`)
  database.exec(`PRAGMA journal_size_limit = ${maxLogBytes}`)
  if (migrations) migrate(database, file, migrations)
}

const connect = (options: ConnectionOptions): DatabaseSync => {
  const { file } = options
  if (file !== memory) {
    mkdirSync(dirname(file), { recursive: true })
    checkSize(file)
  }
  const inode = inodeOf(file)
  const database = new DatabaseSync(file)
  try {
    prepare(database, options)
    // Set aside by another process meanwhile: this would be the old file with the log of the new one.
    if (inode !== undefined && inodeOf(file) !== inode) throw corrupt(file, 'the file was replaced')
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

const reasonOf = ({ file, message }: DatabaseError): string =>
  message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message

/** What was damaged may have been replaced by another process meanwhile, so it is looked at once more. */
const recover = (options: ConnectionOptions): Connection => {
  const { file, busyTimeoutMs } = options
  return underRecoveryLock(file, busyTimeoutMs, () => {
    try {
      return { database: connect(options) }
    } catch (cause) {
      const error = toDatabaseError(cause, { file, code: 'cannot-open' })
      if (error.code !== 'corrupt') throw error
      checkDamaged(file, options.migrations)
      const recovery = setAside(file, reasonOf(error))
      return { database: connect(options), recovery }
    }
  })
}

/**
 * Opens the connection that writes: checked, in WAL mode, with its schema up to date. A damaged database is set aside
 * and replaced by a fresh one; any other file is left alone.
 * @throws DatabaseError
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const context = { file: options.file, code: 'cannot-open' } as const
  try {
    return { database: connect(options) }
  } catch (cause) {
    const { code, sqliteCode = 0 } = failureOf(cause, context)
    // While another process sets it aside, reading fails in other ways too.
    if (code !== 'corrupt' && (sqliteCode & 0xff) !== ioError) throw toDatabaseError(cause, context)
  }
  try {
    return recover(options)
  } catch (cause) {
    throw toDatabaseError(cause, context)
  }
}
