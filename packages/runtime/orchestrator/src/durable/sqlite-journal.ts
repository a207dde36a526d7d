import { InvalidArgument, type JsonValue } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { columns, type Database, openDatabase } from '@ashlar/sqlite'
import { CodeVersionMismatch, LeaseLost, RunLeased } from './durable-errors.ts'
import type { Claim, ClaimRequest, Journal, LiveTexts, RunFilter, RunRecord, StepRecord } from './journal.ts'
import { toTexts } from './live-texts.ts'

export interface SqliteJournalOptions {
  /** How long runs that are done are kept, in milliseconds. @default 30 days */
  readonly retainMs?: number
  /**
   * `full`: what was acknowledged survives a power cut too, as each batch is synced to the disk before it is. `normal`
   * loses the end of it then, and effects that are forgotten happen again; a process that is killed loses nothing in
   * either.
   * @default 'full'
   */
  readonly synchronous?: 'normal' | 'full'
  readonly clock?: Clock
}

const migrations = [
  `CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    input TEXT NOT NULL,
    result TEXT,
    epoch INTEGER NOT NULL,
    lease_until REAL NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (updated_at);
  CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT,
    value TEXT,
    UNIQUE (run_id, key)
  ) STRICT;`,
  `CREATE TABLE live (
    run_id TEXT PRIMARY KEY REFERENCES runs (run_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    texts TEXT NOT NULL
  ) STRICT;`,
]

const dayMs = 86_400_000

const runRow = columns({
  run_id: 'text',
  name: 'text',
  state: 'text',
  version: 'text',
  input: 'text',
  result: 'text?',
  epoch: 'integer',
  lease_until: 'real',
  created_at: 'real',
  updated_at: 'real',
  unknown: 'integer',
})
const stepRow = columns({ key: 'text', state: 'text', digest: 'text?', value: 'text?' })
const liveRow = columns({ texts: 'text' })

const stateOf = (text: string): RunRecord['state'] =>
  text === 'paused' || text === 'done' || text === 'failed' || text === 'aborted' ? text : 'running'

const parse = (text: string): JsonValue => JSON.parse(text)

const toRun = (row: ReturnType<typeof runRow>): RunRecord => ({
  runId: row.run_id,
  name: row.name,
  state: stateOf(row.state),
  version: row.version,
  input: parse(row.input),
  ...(row.result !== null && { result: parse(row.result) }),
  epoch: row.epoch,
  leaseUntil: row.lease_until,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  unknown: row.unknown,
})

const toStep = ({ key, state, digest, value }: ReturnType<typeof stepRow>): StepRecord => ({
  key,
  state: state === 'done' || state === 'unknown' ? state : 'started',
  ...(digest !== null && { digest }),
  ...(value !== null && { value: parse(value) }),
})

const selectRun = `SELECT *, (SELECT count(*) FROM steps WHERE steps.run_id = runs.run_id AND state = 'unknown') AS unknown
  FROM runs`
const insertRun = `INSERT INTO runs (run_id, name, state, version, input, epoch, lease_until, created_at, updated_at)
  VALUES (?1, ?2, 'running', ?3, ?4, 0, 0, ?5, ?5) ON CONFLICT DO NOTHING`
/** A run that paused goes on with what it is given; any other with what it has. */
const takeRun = `UPDATE runs SET epoch = epoch + 1, lease_until = ?3,
    input = CASE WHEN state = 'paused' THEN ?4 ELSE input END, state = 'running', updated_at = ?2
  WHERE run_id = ?1 AND lease_until <= ?2 AND version = ?5 RETURNING epoch`
const held = '(SELECT epoch FROM runs WHERE run_id = ?1) = ?2'
const putStep = `INSERT INTO steps (run_id, key, state, digest, value)
  SELECT ?1, ?3, ?4, ?5, ?6 WHERE ${held}
  ON CONFLICT (run_id, key) DO UPDATE SET state = excluded.state, digest = excluded.digest, value = excluded.value`
const renewRun = 'UPDATE runs SET lease_until = ?3 WHERE run_id = ?1 AND epoch = ?2'
const endRun =
  'UPDATE runs SET lease_until = 0, state = ?3, result = ?4, updated_at = ?5 WHERE run_id = ?1 AND epoch = ?2'
const putLive = `INSERT INTO live (run_id, epoch, texts) VALUES (?1, ?2, ?3)
  ON CONFLICT (run_id) DO UPDATE SET epoch = excluded.epoch, texts = excluded.texts WHERE epoch <= excluded.epoch`
const dropLive = 'DELETE FROM live WHERE run_id = ?1 AND epoch <= ?2'
const selectLive = `SELECT texts FROM live JOIN runs USING (run_id)
  WHERE run_id = ? AND live.epoch = runs.epoch AND runs.state = 'running'`
const pruneRuns = "DELETE FROM runs WHERE state = 'done' AND lease_until <= ?2 AND updated_at < ?1"
const cancelRun = `UPDATE runs SET epoch = epoch + 1, lease_until = 0, state = 'aborted', updated_at = ?2
  WHERE run_id = ?1 AND state IN ('running', 'paused', 'failed')`
const removeRun = 'DELETE FROM runs WHERE run_id = ?1 AND lease_until <= ?2'

const orNull = (value: JsonValue | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value)

const createClaim = (
  database: Database,
  facts: Pick<Claim, 'before' | 'epoch' | 'input' | 'steps'> & {
    readonly request: ClaimRequest
    readonly clock: Clock
  },
): Claim => {
  const { request, clock, ...known } = facts
  const { runId, leaseMs } = request
  const { epoch } = known
  const steps = new Map(known.steps)
  let isShown = known.before?.state === 'running'
  const fenced = async (sql: string, ...values: (string | number | null)[]): Promise<void> => {
    const { changes } = await database.write(sql, [runId, epoch, ...values])
    if (changes === 0) throw new LeaseLost(runId)
  }
  return {
    ...known,
    steps,
    write: async (step) => {
      const { key, state, digest = null, value } = step
      await fenced(putStep, key, state, digest, orNull(value))
      steps.set(key, step)
    },
    show: async (texts) => {
      isShown = true
      await database.write(putLive, [runId, epoch, JSON.stringify(texts)])
    },
    renew: () => fenced(renewRun, clock.now() + leaseMs),
    end: async (state, result) => {
      const [ended] = await database.writeAll([
        { sql: endRun, params: [runId, epoch, state, orNull(result), clock.now()] },
        ...(isShown ? [{ sql: dropLive, params: [runId, epoch] }] : []),
      ])
      if (ended?.changes === 0) throw new LeaseLost(runId)
    },
  }
}

/** What is read of a journal. */
const createReader = (database: Database) => {
  const one = database.query(`${selectRun} WHERE run_id = ?`, runRow)
  const many = database.query(
    `${selectRun} WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR name = ?2) ORDER BY updated_at DESC, run_id LIMIT ?3`,
    runRow,
  )
  const steps = database.query(
    'SELECT key, state, digest, value FROM steps WHERE run_id = ? ORDER BY id',
    stepRow,
  )
  const live = database.query(selectLive, liveRow)
  return {
    liveOf: (runId: string): LiveTexts => toTexts(live.get(runId)?.texts),
    find: (runId: string): RunRecord | undefined => {
      const row = one.get(runId)
      return row && toRun(row)
    },
    list: ({ state, name, limit = 100 }: RunFilter): RunRecord[] =>
      many.all(state ?? null, name ?? null, limit).map(toRun),
    stepsOf: (runId: string): StepRecord[] => steps.all(runId).map(toStep),
  }
}

/**
 * A journal in a file: append-mostly, in WAL mode, written by a thread of its own. Processes may share it; of each run
 * only the one that claimed it last can write.
 * @throws InvalidArgument for a wrong option, DatabaseError when the file cannot be opened
 */
export const sqliteJournal = async (file: string, options: SqliteJournalOptions = {}): Promise<Journal> => {
  const { retainMs = 30 * dayMs, synchronous = 'full', clock = systemClock } = options
  if (!(retainMs >= 0)) throw new InvalidArgument('retainMs', 'milliseconds from 0', retainMs)
  const database = await openDatabase(file, { migrations, synchronous })
  const { find, list, stepsOf, liveOf } = createReader(database)
  const prune = (): Promise<unknown> => database.write(pruneRuns, [clock.now() - retainMs, clock.now()])
  await prune()

  return {
    claim: async (request) => {
      const { runId, name, version, input, leaseMs } = request
      const now = clock.now()
      const before = find(runId)
      const text = JSON.stringify(input)
      const [, taken] = await database.writeAll([
        { sql: insertRun, params: [runId, name, version, text, now] },
        { sql: takeRun, params: [runId, now, now + leaseMs, text, version] },
      ])
      const record = find(runId)
      const epoch = taken?.rows[0]?.['epoch']
      if (typeof epoch !== 'number' || !record) {
        if (record && record.version !== version)
          throw new CodeVersionMismatch(runId, { begun: record.version, now: version })
        throw new RunLeased(runId, record?.leaseUntil ?? now)
      }
      const steps = new Map(stepsOf(runId).map((step) => [step.key, step]))
      return createClaim(database, {
        before,
        // Not that of the record: somebody else may have it meanwhile.
        epoch,
        input: record.input,
        steps,
        request,
        clock,
      })
    },
    run: async (runId) => find(runId),
    runs: async (filter = {}) => list(filter),
    steps: async (runId) => stepsOf(runId),
    live: async (runId) => liveOf(runId),
    cancel: async (runId) => (await database.write(cancelRun, [runId, clock.now()])).changes > 0,
    remove: async (runId) => {
      const { changes } = await database.write(removeRun, [runId, clock.now()])
      const left = changes === 0 ? find(runId) : undefined
      if (left) throw new RunLeased(runId, left.leaseUntil)
    },
    close: async () => {
      await prune().catch(() => {})
      await database.close()
    },
  }
}
