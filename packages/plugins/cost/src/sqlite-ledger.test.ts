import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@ashlar/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forever, type Ledger } from './ledger.ts'
import { sqliteLedger } from './sqlite-ledger.ts'
import { sqliteMigrations } from './sqlite-ledger-schema.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-ledger-'))
  file = join(folder, 'ledger.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const call = { provider: 'p', modelId: 'm', amount: 5n, at: 1, leaseUntil: 2 }
const spend = async (ledger: Ledger, id: string): Promise<void> => {
  await ledger.reserve({ ...call, id }, [{ scope: 'all', id: '', ...forever, limit: 100n }])
  await ledger.settle(id, { outcome: 'ok', cost: 5n, at: 3 })
}

describe('sqliteLedger', () => {
  it('does not open after it was damaged, until somebody says that they know', async () => {
    await using before = await sqliteLedger(file)
    await spend(before, '1')
    await before.close()
    truncateSync(file, 5000)
    const refused = 'what was spent is not known. Restore it, or open the ledger with `onRecover`'
    await expect(sqliteLedger(file)).rejects.toThrow(refused)
    await expect(sqliteLedger(file)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(sqliteLedger(file)).rejects.toThrow('.corrupt-')
    const told: string[] = []
    const accepted = await sqliteLedger(file, { onRecover: ({ message }) => void told.push(message) })
    expect(await accepted.accounts()).toEqual([])
    await spend(accepted, '2')
    await accepted.close()
    await using after = await sqliteLedger(file)
    expect(await after.accounts()).toMatchObject([{ spent: 5n }])
    expect(readdirSync(folder).some((name) => name.includes('.corrupt-'))).toBe(true)
  })

  it('tells of the damage it finds itself', async () => {
    const before = await sqliteLedger(file)
    await spend(before, '1')
    await before.close()
    truncateSync(file, 5000)
    const told: string[] = []
    await using ledger = await sqliteLedger(file, {
      onRecover: ({ setAside }) => void told.push(setAside),
      busyTimeoutMs: 1000,
      synchronous: 'full',
    })
    expect(told).toHaveLength(1)
    await spend(ledger, '1')
  })

  it('brings a file of an earlier version up to date, with all that is in it', async () => {
    for (const version of [1, 2]) {
      const old = join(folder, `v${version}.db`)
      const database = await openDatabase(old, { migrations: sqliteMigrations.slice(0, version) })
      await database.writeAll([
        {
          sql: `INSERT INTO calls (id, at, lease_until, amount, provider, model_id, run_id, tree)
            VALUES ('settled', 1, 2, 5, 'p', 'm', 'r', 'r'), ('open', 1, 2, 7, 'p', 'm', 'r', 'r')`,
        },
        {
          sql: `INSERT INTO settlements (call, late, outcome, cost, price_source, price_version, at)
            VALUES (1, 0, 'ok', 4, 'list', '1', 3)`,
        },
      ])
      await database.close()
      await using ledger = await sqliteLedger(old)
      const tree = { scope: 'tree', id: 'r', ...forever } as const
      expect(await ledger.balance(tree)).toEqual({ spent: 4n, reserved: 7n })
      const price = { priceSource: 'list', priceVersion: '2', tier: 'flex', region: 'us' } as const
      await ledger.reserve({ ...call, id: 'new', ...price }, [])
      await ledger.expire(10)
      const records = []
      for await (const record of ledger.records()) records.push(record)
      expect(records).toMatchObject([
        { id: 'settled', cost: 4n, priceSource: 'list', priceVersion: '1' },
        { id: 'open', outcome: 'expired', cost: 7n },
        { id: 'new', outcome: 'expired', cost: 5n, ...price },
      ])
      expect(records[0]).not.toHaveProperty('tier')
    }
  })

  it('keeps its history as it was, whoever writes', async () => {
    await using ledger = await sqliteLedger(file)
    await spend(ledger, '1')
    await using database = await openDatabase(file)
    for (const sql of [
      'UPDATE calls SET amount = 0',
      'DELETE FROM calls',
      'UPDATE settlements SET cost = 0',
      'DELETE FROM settlements',
    ])
      await expect(database.write(sql)).rejects.toThrow('the ledger is append-only')
  })

  it('refuses rather than overflow', async () => {
    await using ledger = await sqliteLedger(':memory:')
    const most = 2n ** 63n - 1n
    const limit = { scope: 'all', id: '', ...forever, limit: most } as const
    expect(await ledger.reserve({ ...call, id: '1', amount: most }, [limit])).toBeUndefined()
    expect(await ledger.reserve({ ...call, id: '2' }, [limit])).toMatchObject({ reserved: most })
    await expect(ledger.reserve({ ...call, id: '3' }, [])).rejects.toMatchObject({ code: 'constraint' })
    expect(await ledger.balance(limit)).toEqual({ spent: 0n, reserved: most })
  })

  it('reads accounts by their index, however long the history', async () => {
    const ledger = await sqliteLedger(file)
    await spend(ledger, '1')
    await ledger.close()
    await using database = await openDatabase(file)
    const plan = database.query(
      `EXPLAIN QUERY PLAN UPDATE accounts SET reserved = reserved + 1
      WHERE name IN ('all:', 'run:' || ?1, 'tree:' || ?1, 'key:' || ?1, 'project:' || ?1) AND ends > 5 AND starts <= 5`,
      ({ detail }) => String(detail),
    )
    expect(plan.all('x')).toEqual([
      expect.stringMatching(/^SEARCH accounts USING PRIMARY KEY \(name=\? AND ends>\?\)/),
    ])
  })
})
