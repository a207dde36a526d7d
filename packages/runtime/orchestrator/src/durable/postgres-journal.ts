import { InvalidArgument, type JsonValue } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import { CodeVersionMismatch, LeaseLost, RunChanged, RunLeased } from './durable-errors.ts'
import type {
  Cancelling,
  Claim,
  ClaimRequest,
  Journal,
  LiveTexts,
  RunFilter,
  RunRecord,
  StepRecord,
} from './journal.ts'
import { toTexts } from './live-texts.ts'
import { onceAnHour } from './once-an-hour.ts'
import { migrationOf, type PostgresStatements, statementsOf } from './postgres-statements.ts'

/** What the journal needs of a pool of connections; a `Pool` of `pg` is one. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
  end(): Promise<void>
}

export interface PostgresJournalOptions {
  /** Where the tables are; made when it is not there. Lower case letters, digits and `_`. @default 'ashlar_runs' */
  readonly schema?: string
  /** How long runs that are done are kept, in milliseconds. @default 30 days */
  readonly retainMs?: number
  /** @default the database's own, so that the clocks of the machines need not agree */
  readonly clock?: Clock
}

const dayMs = 86_400_000

type Row = Readonly<Record<string, unknown>>

const textIn = (row: Row, name: string): string => String(row[name])
const jsonIn = (row: Row, name: string): JsonValue => JSON.parse(textIn(row, name))

const stateOf = (text: string): RunRecord['state'] =>
  text === 'paused' || text === 'done' || text === 'failed' || text === 'aborted' ? text : 'running'

const toRun = (row: Row): RunRecord => ({
  runId: textIn(row, 'run_id'),
  name: textIn(row, 'name'),
  state: stateOf(textIn(row, 'state')),
  version: textIn(row, 'version'),
  input: jsonIn(row, 'input'),
  ...(row['result'] !== null && { result: jsonIn(row, 'result') }),
  epoch: Number(row['epoch']),
  leaseUntil: Number(row['lease_until']),
  createdAt: Number(row['created_at']),
  updatedAt: Number(row['updated_at']),
  unknown: Number(row['unknown']),
  ...(row['state'] === 'running' && row['cancel_asked'] === true && { cancelAsked: true }),
})

const toStep = (row: Row): StepRecord => {
  const state = textIn(row, 'state')
  return {
    key: textIn(row, 'key'),
    state: state === 'done' || state === 'unknown' ? state : 'started',
    ...(row['digest'] !== null && { digest: textIn(row, 'digest') }),
    ...(row['value'] !== null && { value: jsonIn(row, 'value') }),
  }
}

const orNull = (value: JsonValue | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value)

/** A pool that must not end the process when an idle connection breaks: the next query opens another. */
const openPool = async (url: string): Promise<PostgresPool> => {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => undefined)
  return pool
}

class PostgresJournal implements Journal {
  readonly #pool: PostgresPool
  readonly #sql: PostgresStatements
  readonly #pruneNow: () => Promise<void>
  readonly #options: { readonly owned: boolean; readonly retainMs: number; readonly clock: Clock | undefined }
  constructor(
    pool: PostgresPool,
    schema: string,
    options: { owned: boolean; retainMs: number; clock: Clock | undefined },
  ) {
    this.#pool = pool
    this.#sql = statementsOf(schema)
    this.#options = options
    this.#pruneNow = onceAnHour(() => this.prune(), options.clock)
  }
  async claim(request: ClaimRequest): Promise<Claim> {
    const { runId, name, version, input, leaseMs, only = null } = request
    await this.#pruneNow()
    const before = await this.run(runId)
    const text = JSON.stringify(input)
    if (!before) await this.#rows(this.#sql.insert, runId, name, version, text, this.#now())
    const [taken] = await this.#rows(this.#sql.take, runId, this.#now(), leaseMs, text, version, only)
    const record = await this.run(runId)
    if (!taken || !record) {
      if (record && record.version !== version)
        throw new CodeVersionMismatch(runId, { begun: record.version, now: version })
      if (record && only !== null && record.state !== only)
        throw new RunChanged(runId, { state: record.state, only })
      throw new RunLeased(runId, record?.leaseUntil ?? Date.now())
    }
    const steps = new Map((await this.steps(runId)).map((step) => [step.key, step]))
    // Not that of the record: somebody else may have it meanwhile.
    const epoch = Number(taken['epoch'])
    const fenced = async (sql: string, ...values: unknown[]): Promise<Row> => {
      const [row] = await this.#rows(sql, runId, epoch, ...values)
      if (!row) throw new LeaseLost(runId)
      return row
    }
    return {
      before,
      epoch,
      cancelAsked: taken['cancel_asked'] === true,
      input: record.input,
      steps,
      write: async (step) => {
        const { key, state, digest = null, value } = step
        await fenced(this.#sql.put, key, state, digest, orNull(value))
        steps.set(key, step)
      },
      show: async (texts) => {
        await this.#rows(this.#sql.show, runId, epoch, JSON.stringify(texts))
      },
      renew: async () => {
        const row = await fenced(this.#sql.renew, this.#now(), leaseMs)
        return { cancelAsked: row['cancel_asked'] === true }
      },
      end: async (state, result) => {
        await fenced(this.#sql.end, state, orNull(result), this.#now())
      },
    }
  }
  async run(runId: string): Promise<RunRecord | undefined> {
    const [row] = await this.#rows(this.#sql.find, runId)
    return row && toRun(row)
  }
  async runs({ state, name, version, before, isDue, limit = 100 }: RunFilter = {}): Promise<RunRecord[]> {
    if (isDue && state !== undefined && state !== 'running') return []
    const which = [name ?? null, version ?? null, before ?? null, limit]
    if (isDue) return (await this.#rows(this.#sql.due, this.#now(), ...which)).map(toRun)
    return (await this.#rows(this.#sql.list, state ?? null, ...which)).map(toRun)
  }
  async steps(runId: string): Promise<StepRecord[]> {
    return (await this.#rows(this.#sql.steps, runId)).map(toStep)
  }
  async live(runId: string): Promise<LiveTexts> {
    const [row] = await this.#rows(this.#sql.live, runId)
    return toTexts(row && textIn(row, 'texts'))
  }
  async cancel(runId: string): Promise<Cancelling | undefined> {
    const [row] = await this.#rows(this.#sql.cancel, runId, this.#now())
    return row && (row['state'] === 'aborted' ? 'cancelled' : 'asked')
  }
  async remove(runId: string): Promise<void> {
    await this.#rows(this.#sql.remove, runId, this.#now())
    const left = await this.run(runId)
    if (left) throw new RunLeased(runId, left.leaseUntil)
  }
  async prune(): Promise<void> {
    await this.#rows(this.#sql.prune, this.#now(), this.#options.retainMs)
  }
  async close(): Promise<void> {
    await this.prune().catch(() => {})
    if (this.#options.owned) await this.#pool.end()
  }
  /** Null: the database's own time. */
  #now(): number | null {
    return this.#options.clock?.now() ?? null
  }
  async #rows(text: string, ...values: unknown[]): Promise<readonly Row[]> {
    return (await this.#pool.query(text, values)).rows
  }
}

/**
 * A journal in PostgreSQL (13 or later), for many machines. Of each run only the one that claimed it last can write:
 * every write looks at the epoch in the same statement. Takes the URL of a database, for which it needs the package
 * `pg`, or a pool of yours, which it leaves open.
 * @throws InvalidArgument for a wrong option, and what the driver throws
 */
export const postgresJournal = async (
  database: string | PostgresPool,
  options: PostgresJournalOptions = {},
): Promise<Journal> => {
  const { schema = 'ashlar_runs', retainMs = 30 * dayMs, clock } = options
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new InvalidArgument('schema', 'a name of lower case letters, digits and _', schema)
  if (!(retainMs >= 0)) throw new InvalidArgument('retainMs', 'milliseconds from 0', retainMs)
  const owned = typeof database === 'string'
  const pool = owned ? await openPool(database) : database
  try {
    await pool.query(migrationOf(schema))
    const journal = new PostgresJournal(pool, schema, { owned, retainMs, clock })
    await journal.prune()
    return journal
  } catch (error) {
    if (owned) await pool.end()
    throw error
  }
}
