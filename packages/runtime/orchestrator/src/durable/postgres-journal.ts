import { InvalidArgument, type JsonValue } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import { CodeVersionMismatch, LeaseLost, RunLeased } from './durable-errors.ts'
import type { Claim, ClaimRequest, Journal, LiveTexts, RunFilter, RunRecord, StepRecord } from './journal.ts'
import { toTexts } from './live-texts.ts'

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

/** Whoever opens it first makes the tables; the others wait. */
const migrationOf = (schema: string): string => `BEGIN;
  SELECT pg_advisory_xact_lock(hashtext('ashlar_runs'), hashtext('${schema}'));
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE IF NOT EXISTS ${schema}.runs (
    run_id text PRIMARY KEY,
    name text NOT NULL,
    state text NOT NULL,
    version text NOT NULL,
    input text NOT NULL,
    result text,
    epoch integer NOT NULL,
    lease_until float8 NOT NULL,
    created_at float8 NOT NULL,
    updated_at float8 NOT NULL
  );
  CREATE INDEX IF NOT EXISTS runs_by_time ON ${schema}.runs (updated_at);
  CREATE TABLE IF NOT EXISTS ${schema}.steps (
    id bigint GENERATED ALWAYS AS IDENTITY,
    run_id text NOT NULL REFERENCES ${schema}.runs (run_id) ON DELETE CASCADE,
    key text NOT NULL,
    state text NOT NULL,
    digest text,
    value text,
    PRIMARY KEY (run_id, key)
  );
  CREATE UNLOGGED TABLE IF NOT EXISTS ${schema}.live (
    run_id text PRIMARY KEY REFERENCES ${schema}.runs (run_id) ON DELETE CASCADE,
    epoch integer NOT NULL,
    texts text NOT NULL
  );
  COMMIT`

/** Statements over a schema; `$1` is the run, and in those that write by a claim `$2` its epoch. */
const statementsOf = (schema: string) => {
  const now = (parameter: string) =>
    `coalesce(${parameter}::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)`
  const selectRun = `SELECT *, (SELECT count(*)::integer FROM ${schema}.steps
      WHERE steps.run_id = runs.run_id AND steps.state = 'unknown') AS unknown FROM ${schema}.runs`
  return {
    find: `${selectRun} WHERE run_id = $1`,
    list: `${selectRun} WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR name = $2)
      ORDER BY updated_at DESC, run_id LIMIT $3`,
    steps: `SELECT key, state, digest, value FROM ${schema}.steps WHERE run_id = $1 ORDER BY id`,
    insert: `INSERT INTO ${schema}.runs (run_id, name, state, version, input, epoch, lease_until, created_at, updated_at)
      VALUES ($1, $2, 'running', $3, $4, 0, 0, ${now('$5')}, ${now('$5')}) ON CONFLICT DO NOTHING`,
    take: `UPDATE ${schema}.runs SET epoch = epoch + 1, lease_until = ${now('$2')} + $3,
        input = CASE WHEN state = 'paused' THEN $4 ELSE input END, state = 'running', updated_at = ${now('$2')}
      WHERE run_id = $1 AND lease_until <= ${now('$2')} AND version = $5 RETURNING epoch`,
    // The row is locked against a claim until the step is committed: what a claim reads, nobody adds to.
    put: `WITH held AS (SELECT run_id FROM ${schema}.runs WHERE run_id = $1 AND epoch = $2 FOR SHARE)
      INSERT INTO ${schema}.steps (run_id, key, state, digest, value) SELECT run_id, $3, $4, $5, $6 FROM held
      ON CONFLICT (run_id, key) DO UPDATE SET state = excluded.state, digest = excluded.digest, value = excluded.value
      RETURNING key`,
    renew: `UPDATE ${schema}.runs SET lease_until = ${now('$3')} + $4 WHERE run_id = $1 AND epoch = $2 RETURNING run_id`,
    show: `INSERT INTO ${schema}.live AS shown (run_id, epoch, texts) VALUES ($1, $2, $3)
      ON CONFLICT (run_id) DO UPDATE SET epoch = excluded.epoch, texts = excluded.texts WHERE shown.epoch <= excluded.epoch`,
    live: `SELECT texts FROM ${schema}.live JOIN ${schema}.runs USING (run_id)
      WHERE run_id = $1 AND live.epoch = runs.epoch AND runs.state = 'running'`,
    end: `WITH ended AS (UPDATE ${schema}.runs SET lease_until = 0, state = $3, result = $4, updated_at = ${now('$5')}
        WHERE run_id = $1 AND epoch = $2 RETURNING run_id),
      gone AS (DELETE FROM ${schema}.live WHERE run_id IN (SELECT run_id FROM ended)) SELECT run_id FROM ended`,
    cancel: `UPDATE ${schema}.runs SET epoch = epoch + 1, lease_until = 0, state = 'aborted', updated_at = ${now('$2')}
      WHERE run_id = $1 AND state IN ('running', 'paused', 'failed') RETURNING run_id`,
    remove: `DELETE FROM ${schema}.runs WHERE run_id = $1 AND lease_until <= ${now('$2')}`,
    prune: `DELETE FROM ${schema}.runs WHERE state = 'done' AND lease_until <= ${now('$1')} AND updated_at < ${now('$1')} - $2`,
  }
}

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
  readonly #sql: ReturnType<typeof statementsOf>
  readonly #options: { readonly owned: boolean; readonly retainMs: number; readonly clock: Clock | undefined }
  constructor(
    pool: PostgresPool,
    schema: string,
    options: { owned: boolean; retainMs: number; clock: Clock | undefined },
  ) {
    this.#pool = pool
    this.#sql = statementsOf(schema)
    this.#options = options
  }
  async claim(request: ClaimRequest): Promise<Claim> {
    const { runId, name, version, input, leaseMs } = request
    const before = await this.run(runId)
    const text = JSON.stringify(input)
    if (!before) await this.#rows(this.#sql.insert, runId, name, version, text, this.#now())
    const [taken] = await this.#rows(this.#sql.take, runId, this.#now(), leaseMs, text, version)
    const record = await this.run(runId)
    if (!taken || !record) {
      if (record && record.version !== version)
        throw new CodeVersionMismatch(runId, { begun: record.version, now: version })
      throw new RunLeased(runId, record?.leaseUntil ?? Date.now())
    }
    const steps = new Map((await this.steps(runId)).map((step) => [step.key, step]))
    // Not that of the record: somebody else may have it meanwhile.
    const epoch = Number(taken['epoch'])
    const fenced = async (sql: string, ...values: unknown[]): Promise<void> => {
      if ((await this.#rows(sql, runId, epoch, ...values)).length === 0) throw new LeaseLost(runId)
    }
    return {
      before,
      epoch,
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
      renew: () => fenced(this.#sql.renew, this.#now(), leaseMs),
      end: (state, result) => fenced(this.#sql.end, state, orNull(result), this.#now()),
    }
  }
  async run(runId: string): Promise<RunRecord | undefined> {
    const [row] = await this.#rows(this.#sql.find, runId)
    return row && toRun(row)
  }
  async runs({ state, name, limit = 100 }: RunFilter = {}): Promise<RunRecord[]> {
    return (await this.#rows(this.#sql.list, state ?? null, name ?? null, limit)).map(toRun)
  }
  async steps(runId: string): Promise<StepRecord[]> {
    return (await this.#rows(this.#sql.steps, runId)).map(toStep)
  }
  async live(runId: string): Promise<LiveTexts> {
    const [row] = await this.#rows(this.#sql.live, runId)
    return toTexts(row && textIn(row, 'texts'))
  }
  async cancel(runId: string): Promise<boolean> {
    return (await this.#rows(this.#sql.cancel, runId, this.#now())).length > 0
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
