import { closeSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { DatabaseError } from './database-error.ts'
import { retryBusy } from './retry-busy.ts'

/** The first bytes of every database, and where its application_id is. Source: sqlite.org/fileformat.html */
const magic = Buffer.from('SQLite format 3\0')
const idOffset = 68
const headerBytes = 512

/** The same for every version of a schema, as its first migration never changes; undefined without a schema. */
const applicationId = ([first]: readonly string[] = []): number | undefined =>
  first === undefined ? undefined : crc32(first) | 1

const wrongFile = (file: string, what: string): DatabaseError =>
  new DatabaseError({
    code: 'wrong-file',
    file,
    message: `${file}: ${what}. It is left as it is: name another file, or move this one away.`,
  })

const numberOf = (database: DatabaseSync, sql: string): number => {
  const [value] = Object.values(database.prepare(sql).get() ?? {})
  return typeof value === 'number' ? value >>> 0 : 0
}

/**
 * Marks a new database as one with this schema. @throws DatabaseError `wrong-file` when it is another program's, or
 * has another schema
 */
export const claimFile = (
  database: DatabaseSync,
  file: string,
  { migrations, busyTimeoutMs }: { migrations: readonly string[] | undefined; busyTimeoutMs: number },
): void => {
  const own = applicationId(migrations)
  if (own === undefined || numberOf(database, 'PRAGMA application_id') === own >>> 0) return
  // Counted once more when it is zero: another process may have claimed it, and made its tables, in between.
  const isNew = (): boolean => numberOf(database, 'SELECT count(*) FROM sqlite_master') === 0
  const isOwn = (): boolean => numberOf(database, 'PRAGMA application_id') === own >>> 0
  if (!isNew() && !isOwn())
    throw wrongFile(file, 'this database was made by another program, or for something else')
  if (!isOwn()) retryBusy(() => database.exec(`PRAGMA application_id = ${own | 0}`), busyTimeoutMs)
}

const readHeader = (file: string): Buffer => {
  const handle = openSync(file, 'r')
  try {
    const header = Buffer.alloc(headerBytes)
    return header.subarray(0, readSync(handle, header, 0, headerBytes, 0))
  } finally {
    closeSync(handle)
  }
}

/**
 * Whether what cannot be read was a database with this schema: its mark or, where there is no schema, the first bytes
 * of any database still stand, or its beginning was never written.
 */
const wasDatabase = (header: Buffer, migrations: readonly string[] | undefined): boolean => {
  const own = applicationId(migrations)
  if (own !== undefined && header.length >= idOffset + 4)
    return header.readUInt32BE(idOffset) === own >>> 0 || header.every((byte) => byte === 0)
  return header.subarray(0, magic.length).every((byte, index) => byte === 0 || byte === magic[index])
}

/** @throws DatabaseError `wrong-file` for a file that only looks damaged because it was never a database of ours */
export const checkDamaged = (file: string, migrations: readonly string[] | undefined): void => {
  if (!wasDatabase(readHeader(file), migrations))
    throw wrongFile(file, 'this file is not a database of this program')
}
