import type { DatabaseSync } from 'node:sqlite'
import { DatabaseError, failureOf } from './database-error.ts'

const versionOf = (database: DatabaseSync): number => {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {}
  return typeof version === 'number' ? version : 0
}

const run = (database: DatabaseSync, migrations: readonly string[]): void => {
  // Another process may have been faster.
  const from = versionOf(database)
  for (const [index, sql] of migrations.entries()) if (index >= from) database.exec(sql)
  const [broken] = database.prepare('PRAGMA foreign_key_check').all()
  if (broken) throw new Error(`foreign keys are broken: ${JSON.stringify(broken)}`)
  database.exec(`PRAGMA user_version = ${Math.max(from, migrations.length)}`)
}

/**
 * Runs the migrations that are missing, all or none. Foreign keys are off meanwhile, so that tables can be rebuilt,
 * and checked at the end.
 * @throws DatabaseError `newer-schema` when more have run than are known here; `migration-failed`
 */
export const migrate = (database: DatabaseSync, file: string, migrations: readonly string[]): void => {
  const version = versionOf(database)
  if (version > migrations.length) {
    const message = `${file}: its schema is version ${version}, newer than the ${migrations.length} known here. It was written by a newer version of this program: update, or use another file.`
    throw new DatabaseError({ code: 'newer-schema', file, message })
  }
  if (version === migrations.length) return
  database.exec('PRAGMA foreign_keys = OFF')
  try {
    database.exec('BEGIN IMMEDIATE')
    run(database, migrations)
    database.exec('COMMIT')
  } catch (cause) {
    try {
      database.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself.
    }
    const failure = failureOf(cause, { file, code: 'migration-failed' })
    throw new DatabaseError(failure, { cause })
  } finally {
    database.exec('PRAGMA foreign_keys = ON')
  }
}
