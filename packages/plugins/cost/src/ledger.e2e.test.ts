import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { accountName, type AccountLimit, accountNames, type Ledger, type LedgerRecord } from './ledger.ts'
import { sqliteLedger } from './sqlite-ledger.ts'

const soak = process.env['ASHLAR_SOAK'] !== undefined

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-ledger-'))
  file = join(folder, 'ledger.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const start = (
  program: string,
  ...args: readonly string[]
): { child: ChildProcess; output: () => string } => {
  const url = new URL('.', import.meta.url).href
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, url, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, output: () => output }
}

const schedules = `
const [url, file, name, count, testing] = process.argv.slice(1)
const { sqliteLedger } = await import(url + 'sqlite-ledger.ts')
const { runLedgerSchedule } = await import(url + 'testing/index.ts')
const { seededRandom } = await import(testing)
const ledger = await sqliteLedger(file)
let refused = 0
for (let number = 0; number < Number(count); number++) {
  const random = seededRandom(number * 2 + (name === 'a' ? 0 : 1))
  const when = { start: number * 86_400_000, all: 4000n }
  const report = await runLedgerSchedule(ledger, { random, name: name + number, ...when })
  refused += report.refused
  for (const violation of report.violations) console.log('violation', number, violation)
}
await ledger.close()
console.log('done', refused)
`

it('is not overspent by two processes that run schedules on one file', { timeout: 600_000 }, async () => {
  const count = soak ? 5000 : 500
  const testing = pathToFileURL(createRequire(import.meta.url).resolve('@ashlar/testing')).href
  const children = ['a', 'b'].map((name) => start(schedules, name, String(count), testing))
  await Promise.all(children.map(({ child }) => once(child, 'close')))
  for (const { output } of children) expect(output()).toMatch(/^done [1-9]\d*\n$/)
  // What they shared: every day held to its limit by both.
  await using ledger = await sqliteLedger(file)
  const days = (await ledger.accounts()).filter(({ scope }) => scope === 'all')
  expect(days).toHaveLength(count)
  for (const { spent, reserved, limit } of days) expect(spent + reserved).toBeLessThanOrEqual(limit)
  expect(days.some(({ spent, limit }) => spent > (limit * 9n) / 10n)).toBe(true)
})

const rounds = soak ? 100 : 12
/** So that the money is out before the last round. */
const share = rounds * 800
const limits: readonly AccountLimit[] = [
  { scope: 'all', id: '', from: 0, until: 8.64e15, limit: BigInt(share * 6) },
  { scope: 'key', id: 'k', from: 0, until: 8.64e15, limit: BigInt(share * 4) },
  { scope: 'tree', id: 't', from: 0, until: 8.64e15, limit: BigInt(share * 5) },
]

/** Spends as fast as it can, and says before each settlement what it paid, and after it that it is safe. */
const spender = `
const [url, file, name, share] = process.argv.slice(1)
const { openSync, writeSync } = await import('node:fs')
const log = openSync(file + '.' + name + '.log', 'a')
const { sqliteLedger } = await import(url + 'sqlite-ledger.ts')
const ledger = await sqliteLedger(file)
const say = (...words) => writeSync(log, words.join(' ') + '\\n')
const span = { from: 0, until: 8.64e15 }
const limits = [
  { scope: 'all', id: '', ...span, limit: BigInt(share * 6) },
  { scope: 'key', id: 'k', ...span, limit: BigInt(share * 4) },
  { scope: 'tree', id: 't', ...span, limit: BigInt(share * 5) },
]
const agent = async (number) => {
  for (let index = 0; index < 200; index++) {
    const id = name + '/' + number + '/' + index
    const amount = BigInt(1 + Math.floor(Math.random() * 40))
    const charge = { runId: Math.random() < 0.8 ? 't/' + number : 'other', ...(Math.random() < 0.7 && { key: 'k' }) }
    const own = limits.filter(({ scope }) => scope === 'all' || (scope === 'key' ? charge.key : charge.runId !== 'other'))
    const call = { ...charge, id, provider: 'p', modelId: 'm', amount, at: 1, leaseUntil: 2 }
    if (await ledger.reserve(call, own)) {
      say('refused', id)
      continue
    }
    const cost = (amount * BigInt(Math.floor(Math.random() * 1001))) / 1000n
    say('paid', id, cost)
    await ledger.settle(id, { outcome: 'ok', cost, at: 3 })
    say('settled', id)
  }
}
await Promise.all([0, 1, 2, 3, 4].map(agent))
await ledger.close()
say('done')
`

const all = async (ledger: Ledger): Promise<LedgerRecord[]> => {
  const records: LedgerRecord[] = []
  for await (const record of ledger.records()) records.push(record)
  return records
}

/** What a child has said: what it paid for each call, and which are settled for sure. */
const heard = (outputs: readonly string[]): { paid: Map<string, bigint>; settled: Set<string> } => {
  const paid = new Map<string, bigint>()
  const settled = new Set<string>()
  for (const [, what, id = '', cost] of outputs.join('').matchAll(/^(paid|settled) (\S+)(?: (\d+))?$/gm))
    if (what === 'paid') paid.set(id, BigInt(cost ?? 0))
    else settled.add(id)
  return { paid, settled }
}

it(
  'is never overspent, and exact, when processes are killed in the middle',
  { timeout: 300_000 },
  async () => {
    const outputs: string[] = []
    const said = (name: string): string => {
      const log = `${file}.${name}.log`
      return existsSync(log) ? readFileSync(log, 'utf8') : ''
    }
    await using ledger = await sqliteLedger(file)
    const check = async (): Promise<void> => {
      for (const limit of limits) {
        const { spent, reserved } = await ledger.balance(limit)
        expect(spent + reserved).toBeLessThanOrEqual(limit.limit)
      }
    }
    for (let round = 0; round < rounds; round++) {
      const names = [`${round}a`, `${round}b`]
      const pair = names.map((name) => start(spender, name, String(share)))
      const closed = pair.map(({ child }) => once(child, 'close'))
      while (names.some((name) => !/settled|refused/.test(said(name)))) await sleep(2)
      for (let look = 0; look < 4; look++) {
        await check()
        await sleep(round * 1.7)
      }
      // One is killed at some moment, the other at another.
      for (const { child } of pair) {
        child.kill('SIGKILL')
        await sleep(round % 3)
      }
      await Promise.all(closed)
      outputs.push(...names.map(said))
    }
    await check()
    const { paid, settled } = heard(outputs)
    if (process.env['ASHLAR_SOAK'])
      console.log(`${rounds} rounds: ${paid.size} paid, ${settled.size} settled for sure`)
    const open = (await all(ledger)).filter(({ outcome }) => outcome === 'open')
    expect(open.length).toBeGreaterThan(0)
    await ledger.expire(2)
    const records = await all(ledger)
    for (const { id, cost, amount, outcome } of records) {
      const known = paid.get(id)
      if (settled.has(id)) expect([outcome, cost]).toEqual(['ok', known])
      // Settled as it died, or lost and charged in full.
      else expect(outcome === 'ok' ? cost === known : cost === amount).toBe(true)
    }
    for (const id of settled) expect(records.some((record) => record.id === id)).toBe(true)
    for (const limit of limits) {
      const own = records.filter((record) => accountNames(record).includes(accountName(limit)))
      const sum = own.reduce((total, { cost }) => total + cost, 0n)
      const really = own.reduce((total, { id }) => total + (paid.get(id) ?? 0n), 0n)
      expect(await ledger.balance(limit)).toEqual({ spent: sum, reserved: 0n })
      expect(really).toBeLessThanOrEqual(sum)
      expect(sum).toBeLessThanOrEqual(limit.limit)
    }
  },
)
