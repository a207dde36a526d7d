import { InvalidArgument, type JsonValue } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { columns, type Database, openDatabase, type WriteResult } from '@ashlar/sqlite'
import { CodeVersionMismatch, LeaseLost, RunChanged, RunLeased } from './durable-errors.ts'
import type { Claim, ClaimRequest, Journal, LiveTexts, RunFilter, RunRecord, StepRecord } from './journal.ts'
import { toTexts } from './live-texts.ts'
import { onceAnHour } from './once-an-hour.ts'
import * as sql from './sqlite-statements.ts'

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
  cancel_asked: 'integer',
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
  ...(row.state === 'running' && row.cancel_asked === 1 && { cancelAsked: true }),
})

const toStep = ({ key, state, digest, value }: ReturnType<typeof stepRow>): StepRecord => ({
  key,
  state: state === 'done' || state === 'unknown' ? state : 'started',
  ...(digest !== null && { digest }),
  ...(value !== null && { value: parse(value) }),
})

const orNull = (value: JsonValue | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value)

const isAsked = (row: WriteResult['rows'][number] | undefined): boolean => row?.['cancel_asked'] === 1

const createClaim = (
  database: Database,
  facts: Pick<Claim, 'before' | 'cancelAsked' | 'epoch' | 'input' | 'steps'> & {
    readonly request: ClaimRequest
    readonly clock: Clock
  },
): Claim => {
  const { request, clock, ...known } = facts
  const { runId, leaseMs } = request
  const { epoch } = known
  const steps = new Map(known.steps)
  let isShown = known.before?.state === 'running'
  const fenced = async (text: string, ...values: (string | number | null)[]): Promise<WriteResult> => {
    const result = await database.write(text, [runId, epoch, ...values])
    if (result.changes === 0) throw new LeaseLost(runId)
    return result
  }
  return {
    ...known,
    steps,
    write: async (step) => {
      const { key, state, digest = null, value } = step
      await fenced(sql.putStep, key, state, digest, orNull(value))
      steps.set(key, step)
    },
    show: async (texts) => {
      isShown = true
      await database.write(sql.putLive, [runId, epoch, JSON.stringify(texts)])
    },
    renew: async () => {
      const { rows } = await fenced(sql.renewRun, clock.now() + leaseMs)
      return { cancelAsked: isAsked(rows[0]) }
    },
    end: async (state, result) => {
      const [ended] = await database.writeAll([
        { sql: sql.endRun, params: [runId, epoch, state, orNull(result), clock.now()] },
        ...(isShown ? [{ sql: sql.dropLive, params: [runId, epoch] }] : []),
      ])
      if (ended?.changes === 0) throw new LeaseLost(runId)
    },
  }
}

/** What is read of a journal. */
const createReader = (database: Database, now: () => number) => {
  const one = database.query(`${sql.selectRun} WHERE run_id = ?`, runRow)
  const many = database.query(sql.listRuns, runRow)
  const due = database.query(sql.dueRuns, runRow)
  const steps = database.query(
    'SELECT key, state, digest, value FROM steps WHERE run_id = ? ORDER BY id',
    stepRow,
  )
  const live = database.query(sql.selectLive, liveRow)
  return {
    liveOf: (runId: string): LiveTexts => toTexts(live.get(runId)?.texts),
    find: (runId: string): RunRecord | undefined => {
      const row = one.get(runId)
      return row && toRun(row)
    },
    list: ({ state, name, version, before, isDue, limit = 100 }: RunFilter): RunRecord[] => {
      const which = [name ?? null, version ?? null, before ?? null, limit] as const
      if (!isDue) return many.all(state ?? null, ...which).map(toRun)
      return state === undefined || state === 'running' ? due.all(now(), ...which).map(toRun) : []
    },
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
  const database = await openDatabase(file, { migrations: sql.migrations, synchronous })
  const { find, list, stepsOf, liveOf } = createReader(database, () => clock.now())
  const prune = (): Promise<unknown> => database.write(sql.pruneRuns, [clock.now() - retainMs, clock.now()])
  await prune()
  const pruneNow = onceAnHour(prune, clock)

  return {
    claim: async (request) => {
      await pruneNow()
      const { runId, name, version, input, leaseMs, only } = request
      const now = clock.now()
      const before = find(runId)
      const text = JSON.stringify(input)
      const [, taken] = await database.writeAll([
        { sql: sql.insertRun, params: [runId, name, version, text, now] },
        { sql: sql.takeRun, params: [runId, now, now + leaseMs, text, version, only ?? null] },
      ])
      const record = find(runId)
      const epoch = taken?.rows[0]?.['epoch']
      if (typeof epoch !== 'number' || !record) {
        if (record && record.version !== version)
          throw new CodeVersionMismatch(runId, { begun: record.version, now: version })
        if (record && only !== undefined && record.state !== only)
          throw new RunChanged(runId, { state: record.state, only })
        throw new RunLeased(runId, record?.leaseUntil ?? now)
      }
      const steps = new Map(stepsOf(runId).map((step) => [step.key, step]))
      return createClaim(database, {
        before,
        // Not that of the record: somebody else may have it meanwhile.
        epoch,
        cancelAsked: isAsked(taken?.rows[0]),
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
    cancel: async (runId) => {
      const { rows } = await database.write(sql.cancelRun, [runId, clock.now()])
      return rows[0] && (rows[0]['state'] === 'aborted' ? 'cancelled' : 'asked')
    },
    remove: async (runId) => {
      const { changes } = await database.write(sql.removeRun, [runId, clock.now()])
      const left = changes === 0 ? find(runId) : undefined
      if (left) throw new RunLeased(runId, left.leaseUntil)
    },
    close: async () => {
      await prune().catch(() => {})
      await database.close()
    },
  }
}
