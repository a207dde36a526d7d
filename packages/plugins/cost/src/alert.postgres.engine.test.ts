import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import { createAlertBench, dollarAlerts, killWhileTelling } from './fixture-killed-teller.ts'
import { postgresLedger } from './postgres-ledger.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''

it('alerts of a process that was killed are told by the next, once', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-alert-'))
  const options = { schema: `ledger_${crypto.randomUUID().replaceAll('-', '')}` }
  const theirs = { module: 'postgres-ledger.ts', open: 'postgresLedger', place: url, options }
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const bench = await createAlertBench(theirs, folder)
  try {
    await killWhileTelling(bench, await postgresLedger(pool, options))
    bench.repair()
    await bench.run('close')
    const all = { webhook: dollarAlerts, command: dollarAlerts, log: dollarAlerts }
    expect(bench.told()).toEqual(all)
    await bench.run('close')
    expect(bench.told()).toEqual(all)
  } finally {
    await bench.close()
    await pool.query(`DROP SCHEMA ${options.schema} CASCADE`)
    await pool.end()
    rmSync(folder, { recursive: true })
  }
})
