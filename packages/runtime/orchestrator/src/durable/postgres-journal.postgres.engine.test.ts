import { InvalidArgument } from '@ashlar/core'
import { fakeClock } from '@ashlar/testing'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { defineGraph } from '../define-graph.ts'
import { durableRuns } from './durable-runs.ts'
import { postgresJournal } from './postgres-journal.ts'
import { testJournal } from './testing/test-journal.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''
const pool = new pg.Pool({ connectionString: url, max: 8 })
const schemas: string[] = []
const newSchema = (): string => {
  const schema = `runs_${crypto.randomUUID().replaceAll('-', '')}`
  schemas.push(schema)
  return schema
}
afterAll(async () => {
  for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
})

testJournal(
  {
    name: 'postgresJournal',
    create: async () => {
      const schema = newSchema()
      const clock = fakeClock(1_000_000)
      return {
        journal: await postgresJournal(pool, { schema, clock }),
        reopen: () => postgresJournal(url, { schema, clock }),
        advance: (ms) => clock.advance(ms),
      }
    },
  },
  { describe, it },
)

testJournal(
  {
    name: "postgresJournal by the database's clock",
    create: async () => {
      const schema = newSchema()
      return {
        journal: await postgresJournal(pool, { schema }),
        reopen: () => postgresJournal(url, { schema }),
        advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      }
    },
  },
  { describe, it },
)

describe('postgresJournal', () => {
  it('forgets what was done long ago while it is open, and is not given what nobody has claimed yet', async () => {
    const schema = newSchema()
    const clock = fakeClock(1_000_000)
    const journal = await postgresJournal(pool, { schema, clock, retainMs: 7_200_000 })
    const request = { name: 'a', version: '1', input: null, leaseMs: 100 }
    await (await journal.claim({ ...request, runId: 'a' })).end('done')
    await clock.advance(11_000_000)
    await (await journal.claim({ ...request, runId: 'b' })).end('running')
    await pool.query(
      `INSERT INTO ${schema}.runs (run_id, name, state, version, input, epoch, lease_until, created_at, updated_at)
        VALUES ('c', 'a', 'running', '1', 'null', 0, 0, 0, 0)`,
    )
    expect((await journal.runs()).map(({ runId }) => runId)).toEqual(['b', 'c'])
    expect((await journal.runs({ isDue: true })).map(({ runId }) => runId)).toEqual(['b'])
  })
  it('loses no step to a claim: each was written before it, or was refused', async () => {
    const schema = newSchema()
    const journal = await postgresJournal(pool, { schema })
    const request = { runId: 'r', name: 'a', version: '1', input: null, leaseMs: 0 }
    for (let round = 0; round < 20; round++) {
      const old = await journal.claim({ ...request, runId: `r${round}` })
      const writing = Array.from({ length: 6 }, (_, i) =>
        old.write({ key: `k${i}`, state: 'done' }).then(
          () => `k${i}`,
          () => undefined,
        ),
      )
      const taken = await journal.claim({ ...request, runId: `r${round}` })
      const written = (await Promise.all(writing)).filter((key) => key !== undefined)
      expect([...taken.steps.keys()].toSorted()).toEqual(written.toSorted())
    }
  })
  it('gives every claim an epoch of its own, so that of many at once only the last can write', async () => {
    const journal = await postgresJournal(pool, { schema: newSchema(), clock: fakeClock(1_000_000) })
    const request = { runId: 'r', name: 'a', version: '1', input: null, leaseMs: 0 }
    const claims = await Promise.all(Array.from({ length: 8 }, () => journal.claim(request)))
    expect(claims.map(({ epoch }) => epoch).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const renewed = await Promise.allSettled(claims.map((claim) => claim.renew()))
    expect(renewed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
  it('goes on with tables from before runs could be asked to be cancelled', async () => {
    const schema = newSchema()
    const before = await postgresJournal(pool, { schema })
    await before.claim({ runId: 'old', name: 'a', version: '1', input: null, leaseMs: 60_000 })
    await pool.query(`ALTER TABLE ${schema}.runs DROP COLUMN cancel_asked`)
    const journal = await postgresJournal(pool, { schema })
    expect((await journal.run('old'))?.cancelAsked).toBeUndefined()
    expect(await journal.cancel('old')).toBe('asked')
    expect(await journal.run('old')).toMatchObject({ state: 'running', epoch: 1, cancelAsked: true })
  })
  it('a graph that another cancels is undone by whoever holds it', async () => {
    const schema = newSchema()
    const [own, other] = [await postgresJournal(url, { schema }), await postgresJournal(url, { schema })]
    const undone: string[] = []
    const run = await durableRuns(own, { leaseMs: 1_500 }).runGraph(
      defineGraph([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }, { id: 'c', dependsOn: ['b'] }]),
      ({ id }, { signal }) =>
        id === 'c'
          ? new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          : id,
      { runId: 'g', compensate: ({ id }) => void undone.push(id) },
    )
    await expect.poll(() => run.stateOf('c')).toBe('running')
    expect(await other.cancel('g')).toBe('asked')
    expect((await run.result).state).toBe('cancelled')
    expect(undone).toEqual(['b', 'a'])
    expect(await other.run('g')).toMatchObject({ state: 'aborted', epoch: 1, result: { a: 'cancelled' } })
    await Promise.all([own.close(), other.close()])
  })
  it('can be opened by many at once', async () => {
    const schema = newSchema()
    const journals = await Promise.all(Array.from({ length: 5 }, () => postgresJournal(pool, { schema })))
    expect(await journals[4]?.runs()).toEqual([])
  })
  it('refuses a wrong option', async () => {
    for (const options of [{ schema: 'x; DROP' }, { retainMs: -1 }])
      await expect(postgresJournal(pool, options)).rejects.toSatisfy(InvalidArgument.isInstance)
  })
})
