import { columns, type Database, type Row } from '@ashlar/sqlite'
import { mostTaken, type Notice, type Outbox, told } from './outbox.ts'

const noticeRow: (row: Row) => Notice = columns({
  name: 'text',
  receiver: 'text',
  body: 'text',
})
const heldRow = columns({ held_until: 'real' })

const insert = `INSERT INTO notices (name, receiver, body, held_until) VALUES (?, ?, ?, ?)
  ON CONFLICT DO NOTHING RETURNING name, receiver, body`
const takeFree = `UPDATE notices SET held_until = ?1 WHERE seq IN (
    SELECT seq FROM notices WHERE held_until <= ?2 AND receiver IN (SELECT value FROM json_each(?3))
    ORDER BY seq LIMIT ${mostTaken}
  ) RETURNING name, receiver, body`
const firstFree = `SELECT held_until FROM notices WHERE held_until < ${told}
  AND receiver IN (SELECT value FROM json_each(?)) ORDER BY held_until LIMIT 1`
const holdOne = `UPDATE notices SET held_until = ? WHERE name = ? AND receiver = ? AND held_until < ${told}`

/** An outbox in the SQLite file of a ledger. */
export const sqliteOutbox = (database: Database): Outbox => ({
  post: async (notices, heldUntil) => {
    const statements = notices.map(({ name, receiver, body }) => ({
      sql: insert,
      params: [name, receiver, body, heldUntil],
    }))
    return (await database.writeAll(statements)).flatMap(({ rows }) => rows.map(noticeRow))
  },
  take: async ({ receivers, now, heldUntil }) =>
    (await database.write(takeFree, [heldUntil, now, JSON.stringify(receivers)])).rows.map(noticeRow),
  nextFree: async (receivers) =>
    database.query(firstFree, heldRow).get(JSON.stringify(receivers))?.held_until,
  hold: async ({ name, receiver }, until) => {
    await database.write(holdOne, [until, name, receiver])
  },
})
