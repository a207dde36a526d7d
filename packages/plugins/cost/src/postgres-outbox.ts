import { mostTaken, type Notice, type Outbox, told } from './outbox.ts'

interface Query {
  (text: string, values: unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
}

const toNotice = ({ name, receiver, body }: Readonly<Record<string, unknown>>): Notice => ({
  name: String(name),
  receiver: String(receiver),
  body: String(body),
})

/** An outbox in the schema of a ledger. */
export const postgresOutbox = (query: Query, schema: string): Outbox => ({
  post: async (notices, heldUntil) => {
    const text = `INSERT INTO ${schema}.notices (name, receiver, body, held_until)
      SELECT name, receiver, body, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS given (name, receiver, body)
      ON CONFLICT DO NOTHING RETURNING name, receiver, body`
    const lists = [
      notices.map(({ name }) => name),
      notices.map(({ receiver }) => receiver),
      notices.map(({ body }) => body),
    ]
    return (await query(text, [...lists, heldUntil])).map(toNotice)
  },
  take: async ({ receivers, now, heldUntil }) => {
    const text = `UPDATE ${schema}.notices SET held_until = $1 WHERE seq IN (
        SELECT seq FROM ${schema}.notices WHERE held_until <= $2 AND receiver = ANY ($3::text[])
        ORDER BY seq LIMIT ${mostTaken} FOR UPDATE SKIP LOCKED
      ) RETURNING name, receiver, body`
    return (await query(text, [heldUntil, now, receivers])).map(toNotice)
  },
  nextFree: async (receivers) => {
    const text = `SELECT held_until::float8 FROM ${schema}.notices
      WHERE held_until < ${told} AND receiver = ANY ($1::text[]) ORDER BY held_until LIMIT 1`
    const [row] = await query(text, [receivers])
    return row && Number(row['held_until'])
  },
  hold: async ({ name, receiver }, until) => {
    const text = `UPDATE ${schema}.notices SET held_until = $1
      WHERE name = $2 AND receiver = $3 AND held_until < ${told}`
    await query(text, [until, name, receiver])
  },
})
