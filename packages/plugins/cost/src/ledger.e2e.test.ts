import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { spendAndKill } from './fixture-killed-spenders.ts'
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
const [url, file, name, count, testing, spoilt] = process.argv.slice(1)
const { sqliteLedger } = await import(url + 'sqlite-ledger.ts')
const { runLedgerSchedule } = await import(url + 'testing/index.ts')
const { seededRandom } = await import(testing)
const { ledgerWith } = await import(url + 'fixture-ledger.ts')
const whole = await sqliteLedger(file)
const lookFirst = async (call, limits) => {
  for (const limit of limits) {
    const { spent, reserved } = await whole.balance(limit)
    if (spent + reserved + call.amount > limit.limit) return { ...limit, spent, reserved }
  }
  return whole.reserve(call, [])
}
const ledger = spoilt ? ledgerWith(whole, { reserve: lookFirst }) : whole
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

/** Runs so many schedules in each of two processes, and gives what they have to say. */
const runPair = async (count: number, ...more: readonly string[]): Promise<string[]> => {
  const testing = pathToFileURL(createRequire(import.meta.url).resolve('@ashlar/testing')).href
  const children = ['a', 'b'].map((name) => start(schedules, name, String(count), testing, ...more))
  await Promise.all(children.map(({ child }) => once(child, 'close')))
  return children.map(({ output }) => output())
}

it('is not overspent by two processes that run schedules on one file', { timeout: 600_000 }, async () => {
  const count = soak ? 5000 : 250
  for (const output of await runPair(count)) expect(output).toMatch(/^done [1-9]\d*\n$/)
  // What they shared: every day held to its limit by both.
  await using ledger = await sqliteLedger(file)
  const days = (await ledger.accounts()).filter(({ scope }) => scope === 'all')
  expect(days).toHaveLength(count)
  for (const { spent, reserved, limit } of days) expect(spent + reserved).toBeLessThanOrEqual(limit)
  expect(days.some(({ spent, limit }) => spent > (limit * 9n) / 10n)).toBe(true)
})

it('is overspent by two processes that look first and reserve then', async () => {
  expect((await runPair(40, 'spoilt')).join('')).toContain('violation')
})

it(
  'is never overspent, and exact, when processes are killed in the middle',
  { timeout: 600_000 },
  async () => {
    await using ledger = await sqliteLedger(file)
    const theirs = { module: 'sqlite-ledger.ts', open: 'sqliteLedger', place: file }
    const lost = await spendAndKill({ ledger, theirs, folder, rounds: soak ? 100 : 6 })
    expect(lost).toBeGreaterThan(0)
  },
)

it('finds it when killed processes get their money back', { timeout: 60_000 }, async () => {
  await using ledger = await sqliteLedger(file, { onExpiry: 'release' })
  const theirs = { module: 'sqlite-ledger.ts', open: 'sqliteLedger', place: file }
  await expect(spendAndKill({ ledger, theirs, folder, rounds: 8, share: 1e6 })).rejects.toThrow('expired')
})
