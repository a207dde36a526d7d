import { InvalidArgument } from '@ashlar/core'
import { CloseTasks } from './close-tasks.ts'
import {
  type Account,
  type AccountLimit,
  accountName,
  type AccountState,
  type Balance,
  type Ledger,
  type LedgerRecord,
  type RecordFilter,
  type Reservation,
  type Settlement,
  treeOf,
} from './ledger.ts'
import { checkExpiryRule, checkReservation, checkSettlement, type LedgerOptions } from './ledger-checks.ts'
import { accountRow, callRow, settledPrice, toAccountState, toLedgerRecord } from './ledger-row.ts'
import type { Outbox } from './outbox.ts'
import { migratePostgres } from './postgres-ledger-schema.ts'
import { postgresOutbox } from './postgres-outbox.ts'

/** What the ledger needs of a pool of connections; a `Pool` of `pg` is one. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
  end(): Promise<void>
}

/** Options of `postgresLedger`. */
export interface PostgresLedgerOptions extends LedgerOptions {
  /** Where the tables are; made when it is not there. Lower case letters, digits and `_`. @default 'ashlar_ledger' */
  readonly schema?: string
}

/** Records read at a time. */
const pageSize = 500
/** Names remembered; what is forgotten is only looked up again. */
const maxOpened = 10_000

const account = 'name, starts::float8, ends::float8, spending_limit::text, spent::text, reserved::text'

const keyOf = (limit: AccountLimit): string =>
  `${accountName(limit)} ${limit.from} ${limit.until} ${limit.limit}`

const toRow = (row: Record<string, unknown>): Readonly<Record<string, string | number | null>> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' || typeof value === 'number' ? value : null,
    ]),
  )

class PostgresLedger implements Ledger {
  readonly #pool: PostgresPool
  readonly #owned: boolean
  readonly #schema: string
  readonly #charged: boolean
  /** Accounts that are there with this limit, for good. */
  readonly #opened = new Set<string>()
  readonly #tasks = new CloseTasks()
  readonly outbox: Outbox

  constructor(pool: PostgresPool, options: { owned: boolean; schema: string; charged: boolean }) {
    this.#pool = pool
    this.#owned = options.owned
    this.#schema = options.schema
    this.#charged = options.charged
    this.outbox = postgresOutbox((text, values) => this.#rows(text, values), options.schema)
  }

  async reserve(call: Reservation, limits: readonly AccountLimit[]): Promise<AccountState | undefined> {
    checkReservation(call, limits)
    for (const limit of limits) await this.#open(limit)
    const { runId = null, key = null, project = null, kind = null, maxOutputTokens = null } = call
    const tree = runId === null ? null : treeOf(runId)
    const facts = [call.id, call.at, call.leaseUntil, String(call.amount), call.provider, call.modelId]
    const { priceSource = null, priceVersion = null, tier = null, region = null } = call
    const price = [priceSource, priceVersion, tier, region]
    const charge = [maxOutputTokens, runId, tree, key, project, kind]
    const [refused] = await this.#rows(
      `SELECT place, spent::text, reserved::text FROM ${this.#schema}.reserve(
        ROW(0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
          $13, $14, $15, $16)::${this.#schema}.calls, $17, $18, $19, $20)`,
      [
        ...facts,
        ...charge,
        ...price,
        limits.map(accountName),
        limits.map(({ from }) => from),
        limits.map(({ until }) => until),
        limits.map(({ limit }) => String(limit)),
      ],
    )
    const limit = limits[Number(refused?.['place']) - 1]
    if (!refused || !limit) return undefined
    return { ...limit, spent: BigInt(refused['spent'] ?? 0), reserved: BigInt(refused['reserved'] ?? 0) }
  }

  async settle(id: string, settlement: Settlement): Promise<boolean> {
    checkSettlement(settlement)
    const { outcome, cost, usage, priceSource = null, priceVersion = null, at } = settlement
    const { tier = null, region = null } = settlement
    const written = usage ? JSON.stringify(usage) : null
    const { rows } = await this.#pool.query(
      `SELECT ${this.#schema}.settle($1, $2, $3, $4, $5, $6, $7, $8, $9) AS counted`,
      [id, outcome, String(cost), written, priceSource, priceVersion, at, tier, region],
    )
    const counted = rows[0]?.['counted']
    if (typeof counted !== 'boolean') throw new InvalidArgument('id', 'a call that was reserved', id)
    return counted
  }

  async expire(now: number): Promise<number> {
    const [row] = await this.#rows(`SELECT ${this.#schema}.expire($1, $2) AS ended`, [now, this.#charged])
    return Number(row?.['ended'] ?? 0)
  }

  async balance({ scope, id, from, until }: Account): Promise<Balance> {
    const values = [accountName({ scope, id, from, until }), from, until]
    const [row] = await this.#rows(
      `SELECT spent::text, reserved::text FROM ${this.#schema}.accounts WHERE name = $1 AND starts = $2 AND ends = $3
      UNION ALL (SELECT spent::text, reserved::text FROM ${this.#schema}.sum_account($1, $2, $3)) LIMIT 1`,
      values,
    )
    return { spent: BigInt(row?.['spent'] ?? 0), reserved: BigInt(row?.['reserved'] ?? 0) }
  }

  async accounts(): Promise<readonly AccountState[]> {
    const rows = await this.#rows(`SELECT ${account} FROM ${this.#schema}.accounts ORDER BY 1, 3, 2`)
    return rows.map((row) => toAccountState(accountRow(row)))
  }

  async *records(filter: RecordFilter = {}): AsyncGenerator<LedgerRecord> {
    for (let after = 0, more = true; more;) {
      const rows = (await this.#rows(...this.#page(filter, after))).map(callRow)
      yield* rows.map(toLedgerRecord)
      after = rows.at(-1)?.seq ?? after
      more = rows.length === pageSize
    }
  }

  beforeClose(task: () => Promise<void>): () => void {
    return this.#tasks.add(task)
  }

  async close(): Promise<void> {
    await this.#tasks.run()
    if (this.#owned) await this.#pool.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #rows(
    text: string,
    values: unknown[] = [],
  ): Promise<Readonly<Record<string, string | number | null>>[]> {
    return (await this.#pool.query(text, values)).rows.map(toRow)
  }

  async #open(limit: AccountLimit): Promise<void> {
    if (this.#opened.has(keyOf(limit))) return
    const values = [accountName(limit), limit.from, limit.until, String(limit.limit)]
    await this.#pool.query(`SELECT ${this.#schema}.open_account($1, $2, $3, $4)`, values)
    if (this.#opened.size > maxOpened) this.#opened.clear()
    this.#opened.add(keyOf(limit))
  }

  #page(filter: RecordFilter, after: number): [text: string, values: unknown[]] {
    const conditions: readonly (readonly [string, string | number | undefined])[] = [
      ['c.seq >', after],
      ['c.at >=', filter.since],
      ['c.at <', filter.until],
      ['c.tree =', filter.tree],
      ['c.key =', filter.key],
      ['c.project =', filter.project],
      ['c.kind =', filter.kind],
      ['c.provider =', filter.provider],
      ['c.model_id =', filter.modelId],
    ]
    const asked = conditions.filter(([, value]) => value !== undefined)
    const text = `SELECT c.seq::float8, c.id, c.at::float8, c.lease_until::float8, c.amount::text, c.provider, c.model_id,
      c.max_output_tokens::float8, c.run_id, c.key, c.project, c.kind, s.outcome, s.cost::text, s.usage,
      ${settledPrice}, s.at::float8 AS settled_at
      FROM ${this.#schema}.calls c LEFT JOIN LATERAL (
        SELECT * FROM ${this.#schema}.settlements WHERE call = c.seq ORDER BY late DESC LIMIT 1
      ) s ON true
      WHERE ${asked.map(([condition], index) => `${condition} $${index + 1}`).join(' AND ')}
      ORDER BY c.seq LIMIT ${pageSize}`
    return [text, asked.map(([, value]) => value)]
  }
}

/** A pool that must not end the process when an idle connection breaks: the next query opens another. */
const openPool = async (url: string): Promise<PostgresPool> => {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => undefined)
  return pool
}

/**
 * A ledger in PostgreSQL (13 or later), for many machines. Every step is one call of a function there, and so one
 * transaction. Takes the URL of a database, for which it needs the package `pg`, or a pool of yours, which it leaves open.
 * @throws InvalidArgument for a wrong option, and what the driver throws
 */
export const postgresLedger = async (
  database: string | PostgresPool,
  options: PostgresLedgerOptions = {},
): Promise<Ledger> => {
  const charged = checkExpiryRule(options) === 'charge'
  const { schema = 'ashlar_ledger' } = options
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new InvalidArgument('schema', 'a name of lower case letters, digits and _', schema)
  const owned = typeof database === 'string'
  const pool = owned ? await openPool(database) : database
  try {
    await pool.query(migratePostgres(schema))
  } catch (error) {
    if (owned) await pool.end()
    throw error
  }
  return new PostgresLedger(pool, { owned, schema, charged })
}
