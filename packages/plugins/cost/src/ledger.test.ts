import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { ledgerWith } from './fixture-ledger.ts'
import type { Ledger } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { sqliteLedger } from './sqlite-ledger.ts'
import { runLedgerSchedule, testLedger } from './testing/index.ts'

const soak = process.env['ASHLAR_SOAK'] !== undefined
const count = soak ? 10_000 : 1000
const random = (schedule: number): (() => number) => seededRandom(schedule)
const dayMs = 86_400_000

testLedger(
  { name: 'in memory', create: async () => ({ ledger: memoryLedger() }), schedules: 20, random },
  { describe, it },
)

testLedger(
  {
    name: 'in SQLite',
    create: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ashlar-ledger-'))
      const file = join(folder, 'ledger.db')
      const ledger = await sqliteLedger(file)
      return {
        ledger,
        reopen: () => sqliteLedger(file),
        close: async () => {
          await ledger.close()
          rmSync(folder, { recursive: true })
        },
      }
    },
    schedules: soak ? 1000 : 100,
    random,
  },
  { describe, it },
)

/** How many of the schedules find something wrong. */
const wrong = async (make: () => Ledger, schedules: number): Promise<number> => {
  let found = 0
  for (let number = 0; number < schedules; number++) {
    const { violations } = await runLedgerSchedule(make(), {
      random: random(number),
      name: 's',
      start: dayMs,
    })
    if (violations.length > 0) found++
  }
  return found
}

describe('random schedules', () => {
  it(`find nothing wrong with the ledger, ${count} times`, { timeout: 300_000 }, async () => {
    expect(await wrong(memoryLedger, count)).toBe(0)
  })

  it('find a ledger that looks first and reserves then', async () => {
    const lookFirst = (): Ledger => {
      const ledger = memoryLedger()
      return ledgerWith(ledger, {
        reserve: async (call, limits) => {
          for (const limit of limits) {
            const { spent, reserved } = await ledger.balance(limit)
            if (spent + reserved + call.amount > limit.limit) return { ...limit, spent, reserved }
          }
          return ledger.reserve(call, [])
        },
      })
    }
    expect(await wrong(lookFirst, 100)).toBeGreaterThan(3)
  })

  it('find a ledger that only counts what is settled', async () => {
    const settledOnly = (): Ledger => {
      const ledger = memoryLedger()
      return ledgerWith(ledger, {
        reserve: (call, limits) => ledger.reserve({ ...call, amount: 0n }, limits),
      })
    }
    expect(await wrong(settledOnly, 20)).toBeGreaterThan(10)
  })

  it('find a ledger that gives back the money of lost calls', async () => {
    expect(await wrong(() => memoryLedger({ onExpiry: 'release' }), 20)).toBeGreaterThan(10)
  })

  it('find a ledger that forgets a settlement, and one that takes every settlement for another', async () => {
    const forgetful = (): Ledger => {
      const ledger = memoryLedger()
      return ledgerWith(ledger, {
        settle: async (id, settlement) => id.endsWith('3') || ledger.settle(id, settlement),
      })
    }
    expect(await wrong(forgetful, 20)).toBeGreaterThan(10)
    const twice = (): Ledger => {
      const ledger = memoryLedger()
      return ledgerWith(ledger, { settle: async (...given) => (await ledger.settle(...given), true) })
    }
    expect(await wrong(twice, 20)).toBeGreaterThan(10)
  })
})

describe('ledgers', () => {
  it.each([
    ['memory', async () => memoryLedger({ onExpiry: 'release' })],
    ['SQLite', async () => sqliteLedger(':memory:', { onExpiry: 'release' })],
  ])('give back the money of lost calls when asked to: %s', async (_, open) => {
    await using ledger = await open()
    const all = { scope: 'all', id: '', from: 0, until: 9, limit: 5n } as const
    const call = { provider: 'p', modelId: 'm', amount: 5n, at: 1, leaseUntil: 2 }
    expect(await ledger.reserve({ ...call, id: '1' }, [all])).toBeUndefined()
    await ledger.expire(2)
    expect(await ledger.balance(all)).toEqual({ spent: 0n, reserved: 0n })
    expect(await ledger.settle('1', { outcome: 'ok', cost: 4n, at: 3 })).toBe(true)
    expect(await ledger.balance(all)).toEqual({ spent: 4n, reserved: 0n })
  })

  it('refuse a rule they do not know', async () => {
    const options: { onExpiry: 'charge' } = { onExpiry: 'charge' }
    Reflect.set(options, 'onExpiry', 'forget')
    expect(() => memoryLedger(options)).toThrow("onExpiry: expected 'charge' or 'release'")
    await expect(sqliteLedger(':memory:', options)).rejects.toThrow('onExpiry')
  })
})
