import type { DatabaseSync, StatementSync } from 'node:sqlite'

const defaultSize = 200

/** Prepared statements by their SQL; beyond `size` the one unused longest is dropped. */
export const createStatementCache = (
  database: DatabaseSync,
  size: number = defaultSize,
): ((sql: string) => StatementSync) => {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.delete(sql)
    statements.set(sql, statement)
    const [oldest] = statements.keys()
    if (statements.size > size && oldest !== undefined) statements.delete(oldest)
    return statement
  }
}
