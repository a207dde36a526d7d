import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AlertBench, createAlertBench, dollarAlerts, killWhileTelling } from './fixture-killed-teller.ts'
import { sqliteLedger } from './sqlite-ledger.ts'

let folder: string
let file: string
let bench: AlertBench
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-alert-'))
  file = join(folder, 'ledger.db')
  bench = await createAlertBench({ module: 'sqlite-ledger.ts', open: 'sqliteLedger', place: file }, folder)
})
afterEach(async () => {
  await bench.close()
  rmSync(folder, { recursive: true })
})

const all = { webhook: dollarAlerts, command: dollarAlerts, log: dollarAlerts }
const spent = dollarAlerts.slice(0, 2)

describe('alerts of a process', { timeout: 60_000 }, () => {
  it('that was killed while it told them are told by the next, and none that was told is told again', async () => {
    await using ledger = await sqliteLedger(file)
    await killWhileTelling(bench, ledger)
    expect(bench.told()).toEqual({ webhook: [], command: [], log: spent })
    bench.repair()
    await bench.run('close')
    expect(bench.told()).toEqual(all)
    await bench.run('close')
    expect(bench.told()).toEqual(all)
  })

  it('that was killed are lost where nobody takes what it has left', async () => {
    await using ledger = await sqliteLedger(file)
    await killWhileTelling(bench, ledger)
    bench.repair()
    await bench.run('close', 'spoilt')
    const [, , refused] = dollarAlerts
    expect(bench.told()).toEqual({ webhook: [refused], command: [refused], log: dollarAlerts })
  })

  it.each(['naturally', 'close'] as const)('that ends (%s) are told before, once', async (end) => {
    bench.repair()
    await bench.run(end)
    expect(bench.told()).toEqual({ webhook: spent, command: spent, log: spent })
  })

  it('that exits right after its answer are told by the next', async () => {
    await bench.run('exit')
    expect(bench.told()).toMatchObject({ webhook: [], command: [] })
    bench.repair()
    await bench.run('close')
    const { webhook, command, log } = bench.told()
    expect(webhook).toEqual(dollarAlerts)
    // These may have been told just before the exit, too late to be written down.
    expect([new Set(command), new Set(log)]).toEqual([new Set(dollarAlerts), new Set(dollarAlerts)])
  })
})
