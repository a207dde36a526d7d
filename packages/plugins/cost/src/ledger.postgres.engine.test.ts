import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { seededRandom } from '@ashlar/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { spendAndKill } from './fixture-killed-spenders.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { migratePostgres } from './postgres-ledger-schema.ts'
import { runLedgerSchedule, testLedger } from './testing/index.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''
const soak = process.env['ASHLAR_SOAK'] !== undefined
const random = (schedule: number): (() => number) => seededRandom(schedule)
const dayMs = 86_400_000

const pool = new pg.Pool({ connectionString: url, max: 8 })
const schemas: string[] = []
const newSchema = (): string => {
  const schema = `ledger_${crypto.randomUUID().replaceAll('-', '')}`
  schemas.push(schema)
  return schema
}
afterAll(async () => {
  for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
})

testLedger(
  {
    name: 'in PostgreSQL',
    create: async () => {
      const schema = newSchema()
      return {
        ledger: await postgresLedger(pool, { schema }),
        reopen: () => postgresLedger(url, { schema }),
      }
    },
    schedules: soak ? 10_000 : 50,
    random,
  },
  { describe, it },
)

describe('postgresLedger', () => {
  it('brings a schema of an earlier version up to date, and lets its programs end what they began', async () => {
    for (const version of [1, 2]) {
      const schema = newSchema()
      await pool.query(migratePostgres(schema, version))
      await pool.query(
        `INSERT INTO ${schema}.calls (id, at, lease_until, amount, provider, model_id)
        VALUES ('settled', 1, 2, 5, 'p', 'm'), ('open', 1, 2, 7, 'p', 'm'), ('ending', 1, 20, 9, 'p', 'm')`,
      )
      await pool.query(`INSERT INTO ${schema}.open_calls SELECT seq, lease_until FROM ${schema}.calls`)
      const settle = `SELECT ${schema}.settle($1, 'ok', 4, NULL, 'list', '1', 3)`
      await pool.query(settle, ['settled'])
      await using ledger = await postgresLedger(pool, { schema })
      const price = { priceSource: 'list', priceVersion: '2', tier: 'flex', region: 'us' } as const
      const call = { provider: 'p', modelId: 'm', amount: 5n, at: 1, leaseUntil: 2 }
      await ledger.reserve({ ...call, id: 'new', ...price }, [])
      await pool.query(settle, ['ending'])
      await ledger.expire(10)
      const records = []
      for await (const record of ledger.records()) records.push(record)
      expect(records).toMatchObject([
        { id: 'settled', cost: 4n, priceSource: 'list', priceVersion: '1' },
        { id: 'open', outcome: 'expired', cost: 7n },
        { id: 'ending', outcome: 'ok', cost: 4n },
        { id: 'new', outcome: 'expired', cost: 5n, ...price },
      ])
      expect(records[0]).not.toHaveProperty('tier')
    }
  })

  it('is never overspent by ledgers that share it', { timeout: 120_000 }, async () => {
    const schema = newSchema()
    const ledgers = await Promise.all(Array.from({ length: 3 }, () => postgresLedger(url, { schema })))
    const limit = { scope: 'project', id: 'p', from: 0, until: 9e14, limit: 5000n } as const
    const call = { provider: 'p', modelId: 'm', project: 'p', at: 1, leaseUntil: 2 }
    const spend = async (which: number): Promise<bigint> => {
      let spent = 0n
      for (let index = 0; index < (soak ? 1000 : 100); index++) {
        const ledger = ledgers[which % ledgers.length]
        const id = `${which}/${index}`
        if (!ledger || (await ledger.reserve({ ...call, id, amount: 40n }, [limit]))) continue
        const { spent: settled, reserved } = await ledger.balance(limit)
        expect(settled + reserved).toBeLessThanOrEqual(limit.limit)
        const cost = BigInt(index % 41)
        if (await ledger.settle(id, { outcome: 'ok', cost, at: 3 })) spent += cost
      }
      return spent
    }
    const sums = await Promise.all(Array.from({ length: 9 }, (_, which) => spend(which)))
    const total = sums.reduce((sum, each) => sum + each, 0n)
    expect(await ledgers[0]?.balance(limit)).toEqual({ spent: total, reserved: 0n })
    expect(total).toBeGreaterThan(4900n)
    for (const ledger of ledgers) await ledger.close()
  })

  it('runs schedules of two ledgers at once without a deadlock', { timeout: 120_000 }, async () => {
    const schema = newSchema()
    const open = (): ReturnType<typeof postgresLedger> => postgresLedger(url, { schema })
    const [one, two] = await Promise.all([open(), open()])
    for (let number = 0; number < (soak ? 500 : 20); number++) {
      const when = { start: number * dayMs, all: 4000n }
      const reports = await Promise.all([
        runLedgerSchedule(one, { random: random(number), name: `one${number}`, ...when }),
        runLedgerSchedule(two, { random: random(number + 1e6), name: `two${number}`, ...when }),
      ])
      for (const { violations } of reports) expect(violations).toEqual([])
    }
    await Promise.all([one.close(), two.close()])
  })

  it('is never overspent, and exact, when processes are killed', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ashlar-ledger-'))
    const options = { schema: newSchema() }
    await using ledger = await postgresLedger(url, options)
    const theirs = { module: 'postgres-ledger.ts', open: 'postgresLedger', place: url, options }
    expect(await spendAndKill({ ledger, theirs, folder, rounds: soak ? 50 : 5 })).toBeGreaterThan(0)
    rmSync(folder, { recursive: true })
  })

  it('keeps its history as it was', async () => {
    const schema = newSchema()
    const ledger = await postgresLedger(pool, { schema })
    await ledger.reserve({ id: '1', provider: 'p', modelId: 'm', amount: 5n, at: 1, leaseUntil: 2 }, [])
    await ledger.settle('1', { outcome: 'ok', cost: 5n, at: 3 })
    for (const sql of [`UPDATE ${schema}.calls SET amount = 0`, `DELETE FROM ${schema}.settlements`])
      await expect(pool.query(sql)).rejects.toThrow('append-only')
  })

  it('refuses a newer schema, an odd name and a database that is not there', async () => {
    const schema = newSchema()
    await postgresLedger(pool, { schema })
    await pool.query(`UPDATE ${schema}.schema_version SET version = 99`)
    await expect(postgresLedger(url, { schema })).rejects.toThrow('version 99, newer than this program knows')
    await expect(postgresLedger(pool, { schema: 'a; DROP TABLE b' })).rejects.toThrow(
      'schema: expected a name',
    )
    await expect(postgresLedger('postgres://127.0.0.1:1/none')).rejects.toThrow()
  })
})
