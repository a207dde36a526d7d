import type { DatabaseSync } from 'node:sqlite'
import type { Recovery } from './database.ts'
import { executeBatch, type Outcome } from './execute-batch.ts'
import { type ConnectionOptions, openConnection } from './open-connection.ts'
import type { Statement } from './sql-value.ts'
import { createStatementCache } from './statement-cache.ts'

/** What runs batches, one at a time. */
export interface Writer {
  readonly recovery: Recovery | undefined
  execute(writes: readonly (readonly Statement[])[]): Promise<readonly Outcome[]>
  close(): Promise<void>
}

/** A writer on this thread, and its connection. @throws DatabaseError */
export const openInlineWriter = (
  options: ConnectionOptions,
): { readonly writer: Writer; readonly database: DatabaseSync } => {
  const { file } = options
  const { database, recovery } = openConnection(options)
  const target = { file, database, prepare: createStatementCache(database) }
  const writer: Writer = {
    recovery,
    execute: async (writes) => executeBatch(target, writes),
    close: async () => database.close(),
  }
  return { writer, database }
}
