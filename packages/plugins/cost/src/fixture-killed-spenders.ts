import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { accountName, type AccountLimit, accountNames, type Ledger, type LedgerRecord } from './ledger.ts'

/** Spends as fast as it can until it is killed, and says before each settlement what it paid, and after it that it is safe. */
const program = `
const [url, module, open, place, options, name, log, share] = process.argv.slice(1)
const { openSync, writeSync } = await import('node:fs')
// Not longer than whoever is to kill it.
process.stdin.resume().once('end', () => process.exit()).once('error', () => process.exit())
const { [open]: openLedger } = await import(url + module)
const ledger = await openLedger(place, JSON.parse(options))
const file = openSync(log, 'a')
const say = (...words) => writeSync(file, words.join(' ') + '\\n')
const span = { from: 0, until: 8.64e15 }
const limits = [
  { scope: 'all', id: '', ...span, limit: BigInt(share * 6) },
  { scope: 'key', id: 'k', ...span, limit: BigInt(share * 4) },
  { scope: 'tree', id: 't', ...span, limit: BigInt(share * 5) },
]
const agent = async (number) => {
  for (let index = 0; ; index++) {
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
`

/** How the killed processes open their ledger. */
export interface SpenderLedger {
  /** The file in this folder, and what of it opens the ledger. */
  readonly module: string
  readonly open: string
  readonly place: string
  readonly options?: object
}

export interface KilledSpenders {
  /** The same ledger, in this process. */
  readonly ledger: Ledger
  readonly theirs: SpenderLedger
  /** Where their logs are written. */
  readonly folder: string
  readonly rounds: number
  /** A sixth of the money. @default so much that it is out before the last round */
  readonly share?: number
}

/** What the processes have said: what they paid for each call, and which are settled for sure. */
const heard = (logs: readonly string[]): { paid: Map<string, bigint>; settled: Set<string> } => {
  const paid = new Map<string, bigint>()
  const settled = new Set<string>()
  for (const [, what, id = '', cost] of logs.join('').matchAll(/^(paid|settled) (\S+)(?: (\d+))?$/gm))
    if (what === 'paid') paid.set(id, BigInt(cost ?? 0))
    else settled.add(id)
  return { paid, settled }
}

const recordsOf = async (ledger: Ledger): Promise<LedgerRecord[]> => {
  const records: LedgerRecord[] = []
  for await (const record of ledger.records()) records.push(record)
  return records
}

const checkNow = async (ledger: Ledger, limits: readonly AccountLimit[]): Promise<void> => {
  for (const limit of limits) {
    const { spent, reserved } = await ledger.balance(limit)
    expect(spent + reserved).toBeLessThanOrEqual(limit.limit)
  }
}

/** A server may still be at what a killed process has asked for. */
const settleDown = async (ledger: Ledger): Promise<LedgerRecord[]> => {
  for (let before = -1; ;) {
    await ledger.expire(2)
    const records = await recordsOf(ledger)
    if (records.length === before && records.every(({ outcome }) => outcome !== 'open')) return records
    before = records.length
    await sleep(200)
  }
}

const checkEnd = async (
  ledger: Ledger,
  limits: readonly AccountLimit[],
  logs: readonly string[],
): Promise<void> => {
  const { paid, settled } = heard(logs)
  const records = await settleDown(ledger)
  for (const { id, cost, amount, outcome } of records) {
    const known = paid.get(id)
    if (settled.has(id)) expect([outcome, cost]).toEqual(['ok', known])
    // Settled as it died, or lost and charged in full.
    else expect([id, outcome, cost]).toEqual([id, outcome, outcome === 'ok' ? known : amount])
  }
  const ids = new Set(records.map(({ id }) => id))
  for (const id of paid.keys()) expect(ids.has(id)).toBe(true)
  for (const limit of limits) {
    const own = records.filter((record) => accountNames(record).includes(accountName(limit)))
    const sum = own.reduce((total, { cost }) => total + cost, 0n)
    const really = own.reduce((total, { id }) => total + (paid.get(id) ?? 0n), 0n)
    expect(await ledger.balance(limit)).toEqual({ spent: sum, reserved: 0n })
    expect(really).toBeLessThanOrEqual(sum)
    expect(sum).toBeLessThanOrEqual(limit.limit)
  }
}

/**
 * Pairs of processes spend from one ledger and are killed in the middle, round after round, until the money is out:
 * no limit is ever passed, and in the end every call costs what was settled, or all that was reserved. Gives the number
 * of calls that were lost.
 */
export const spendAndKill = async (test: KilledSpenders): Promise<number> => {
  const { ledger, theirs, folder, rounds, share = rounds * 800 } = test
  const span = { from: 0, until: 8.64e15 }
  const limits: readonly AccountLimit[] = [
    { scope: 'all', id: '', ...span, limit: BigInt(share * 6) },
    { scope: 'key', id: 'k', ...span, limit: BigInt(share * 4) },
    { scope: 'tree', id: 't', ...span, limit: BigInt(share * 5) },
  ]
  const logOf = (name: string): string => join(folder, `${name}.log`)
  const said = (name: string): string => (existsSync(logOf(name)) ? readFileSync(logOf(name), 'utf8') : '')
  const start = (name: string): ChildProcess => {
    const { module, open, place, options = {} } = theirs
    const url = new URL('.', import.meta.url).href
    const args = [url, module, open, place, JSON.stringify(options), name, logOf(name), String(share)]
    const flags = ['--input-type=module', '-e', program, ...args]
    return spawn(process.execPath, flags, { stdio: ['pipe', 'ignore', 'inherit'] })
  }
  const names = Array.from({ length: rounds }, (_, round) => [`${round}a`, `${round}b`])
  for (const [round, pair] of names.entries()) {
    const children = pair.map(start)
    const closed = children.map((child) => once(child, 'close'))
    try {
      while (pair.some((name) => !/settled|refused/.test(said(name)))) await sleep(2)
      for (let look = 0; look < 4; look++) {
        await checkNow(ledger, limits)
        await sleep((round % 20) * 1.7)
      }
    } finally {
      // One is killed at some moment, the other at another.
      for (const child of children) {
        child.kill('SIGKILL')
        await sleep(round % 3)
      }
    }
    await Promise.all(closed)
  }
  const lost = (await recordsOf(ledger)).filter(({ outcome }) => outcome === 'open').length
  await checkEnd(ledger, limits, names.flat().map(said))
  return lost
}
