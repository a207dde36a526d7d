import assert from 'node:assert/strict'
import { type AccountLimit, forever, type Ledger, type LedgerRecord, type Reservation } from '../ledger.ts'

/** A ledger under test. */
export interface LedgerBench {
  /** With nothing in it; lost calls are charged. */
  readonly ledger: Ledger
  /** Opens it once more, as a restart would; for ledgers that outlive a process. */
  readonly reopen?: () => Promise<Ledger>
  /** Called after every test. */
  readonly close?: () => Promise<void>
}

/** One thing every ledger does. */
export type LedgerCheck = readonly [name: string, test: (bench: LedgerBench) => Promise<void>]

const noon = Date.UTC(2026, 2, 14, 12)
const dayMs = 86_400_000

const call = (amount: bigint, more: Partial<Reservation> = {}): Reservation => ({
  id: crypto.randomUUID(),
  provider: 'openai',
  modelId: 'gpt',
  amount,
  at: noon,
  leaseUntil: noon + 1000,
  ...more,
})
const limit = (amount: bigint, more: Partial<AccountLimit> = {}): AccountLimit => ({
  scope: 'all',
  id: '',
  ...forever,
  limit: amount,
  ...more,
})
const ok = (cost: bigint, at = noon + 500) => ({ outcome: 'ok', cost, at }) as const

const all = async (records: AsyncIterable<LedgerRecord>): Promise<LedgerRecord[]> => {
  const found: LedgerRecord[] = []
  for await (const record of records) found.push(record)
  return found
}

const limits: LedgerCheck[] = [
  [
    'reserves up to the limit and not a picodollar more',
    async ({ ledger }) => {
      const hundred = limit(100n)
      assert.equal(await ledger.reserve(call(60n), [hundred]), undefined)
      const refused = await ledger.reserve(call(41n), [hundred])
      assert.deepEqual(refused, { ...hundred, spent: 0n, reserved: 60n })
      assert.equal(await ledger.reserve(call(40n), [hundred]), undefined)
      assert.deepEqual(await ledger.balance(hundred), { spent: 0n, reserved: 100n })
      assert.equal(await ledger.reserve(call(0n), [hundred]), undefined, 'what costs nothing always has room')
    },
  ],
  [
    'reserves in every account or in none',
    async ({ ledger }) => {
      const wide = limit(1000n, { scope: 'project', id: 'p' })
      const narrow = limit(10n, { scope: 'key', id: 'k' })
      const own = { key: 'k', project: 'p' }
      const refused = await ledger.reserve(call(11n, own), [wide, narrow])
      assert.deepEqual([refused?.scope, refused?.id], ['key', 'k'])
      assert.deepEqual(await ledger.balance(wide), { spent: 0n, reserved: 0n })
      assert.equal(await ledger.reserve(call(10n, own), [wide, narrow]), undefined)
      assert.deepEqual(await ledger.balance(wide), { spent: 0n, reserved: 10n })
      assert.deepEqual(await ledger.balance(narrow), { spent: 0n, reserved: 10n })
    },
  ],
  [
    'lets as many through as there is room for when all come at once',
    async ({ ledger }) => {
      const hundred = limit(100n, { scope: 'tree', id: 'r' })
      const calls = Array.from({ length: 60 }, (_, index) => call(7n, { runId: `r/${index}` }))
      const answers = await Promise.all(calls.map((each) => ledger.reserve(each, [hundred])))
      assert.equal(answers.filter((refused) => !refused).length, 14)
      assert.deepEqual(await ledger.balance(hundred), { spent: 0n, reserved: 98n })
    },
  ],
  [
    'charges a run to itself and to the root of its tree, and nothing to those beside it',
    async ({ ledger }) => {
      for (const runId of ['r', 'r/a', 'r/a/b', 'ra', 'R']) await ledger.reserve(call(1n, { runId }), [])
      const reserved = async (scope: 'run' | 'tree', id: string): Promise<bigint> =>
        (await ledger.balance({ scope, id, ...forever })).reserved
      assert.deepEqual(
        await Promise.all([
          reserved('tree', 'r'),
          reserved('run', 'r'),
          reserved('run', 'r/a'),
          reserved('tree', 'ra'),
        ]),
        [3n, 1n, 1n, 1n],
      )
    },
  ],
  [
    'knows of an account what was charged before anybody asked',
    async ({ ledger }) => {
      const early = call(30n, { key: 'k' })
      await ledger.reserve(early, [])
      await ledger.reserve(call(20n, { key: 'k' }), [])
      await ledger.settle(early.id, ok(10n))
      const key = limit(35n, { scope: 'key', id: 'k' })
      assert.deepEqual(await ledger.balance(key), { spent: 10n, reserved: 20n })
      assert.equal((await ledger.reserve(call(6n, { key: 'k' }), [key]))?.reserved, 20n)
      assert.equal(await ledger.reserve(call(5n, { key: 'k' }), [key]), undefined)
      assert.deepEqual(await ledger.balance(key), { spent: 10n, reserved: 25n })
    },
  ],
  [
    'begins anew with a new window, and charges a call to the one it was reserved in',
    async ({ ledger }) => {
      const today = limit(10n, { from: noon - 1000, until: noon + 1000 })
      const later = limit(10n, { from: noon + 1000, until: noon + 3000 })
      const first = call(10n, { at: noon + 999 })
      assert.equal(await ledger.reserve(first, [today]), undefined)
      assert.equal((await ledger.reserve(call(1n, { at: noon + 999 }), [today]))?.until, noon + 1000)
      assert.equal(await ledger.reserve(call(4n, { at: noon + 1000 }), [later]), undefined)
      await ledger.settle(first.id, ok(8n, noon + 2000))
      assert.deepEqual(await ledger.balance(today), { spent: 8n, reserved: 0n })
      assert.deepEqual(await ledger.balance(later), { spent: 0n, reserved: 4n })
    },
  ],
  [
    'lists the accounts with a limit',
    async ({ ledger }) => {
      const key = limit(10n, { scope: 'key', id: 'a:b', from: noon, until: noon + dayMs })
      await ledger.reserve(call(3n, { key: 'a:b' }), [key])
      await ledger.balance(limit(0n, { scope: 'key', id: 'other' }))
      assert.deepEqual(await ledger.accounts(), [{ ...key, spent: 0n, reserved: 3n }])
      await ledger.reserve(call(3n, { key: 'a:b' }), [{ ...key, limit: 20n }])
      assert.deepEqual(await ledger.accounts(), [{ ...key, limit: 20n, spent: 0n, reserved: 6n }])
    },
  ],
]

const settlements: LedgerCheck[] = [
  [
    'replaces what was reserved by what it cost, once',
    async ({ ledger }) => {
      const hundred = limit(100n)
      const first = call(60n)
      await ledger.reserve(first, [hundred])
      assert.equal(await ledger.settle(first.id, ok(25n)), true)
      assert.equal(await ledger.settle(first.id, ok(26n)), false)
      assert.deepEqual(await ledger.balance(hundred), { spent: 25n, reserved: 0n })
      await assert.rejects(ledger.settle('nothing', ok(1n)), { code: 'invalid-argument' })
    },
  ],
  [
    'writes down what a call cost even when that is more than was reserved',
    async ({ ledger }) => {
      const hundred = limit(100n)
      const first = call(60n)
      await ledger.reserve(first, [hundred])
      await ledger.settle(first.id, ok(130n))
      assert.deepEqual(await ledger.balance(hundred), { spent: 130n, reserved: 0n })
      assert.equal((await ledger.reserve(call(0n), [hundred]))?.spent, 130n)
    },
  ],
  [
    'charges what was reserved when a lease ends, and corrects it when the call is settled after all',
    async ({ ledger }) => {
      const hundred = limit(100n)
      const lost = call(60n)
      const alive = call(30n, { leaseUntil: noon + 1001 })
      await ledger.reserve(lost, [hundred])
      await ledger.reserve(alive, [hundred])
      assert.equal(await ledger.expire(noon + 999), 0)
      assert.equal(await ledger.expire(noon + 1000), 1)
      assert.equal(await ledger.expire(noon + 1000), 0)
      assert.deepEqual(await ledger.balance(hundred), { spent: 60n, reserved: 30n })
      assert.equal(await ledger.settle(lost.id, { ...ok(20n), outcome: 'aborted' }), true)
      assert.equal(await ledger.settle(lost.id, ok(21n)), false)
      assert.deepEqual(await ledger.balance(hundred), { spent: 20n, reserved: 30n })
      assert.deepEqual(
        (await all(ledger.records())).map(({ outcome, cost }) => [outcome, cost]),
        [
          ['aborted', 20n],
          ['open', 0n],
        ],
      )
      await ledger.settle(alive.id, ok(1n))
      assert.equal(await ledger.expire(noon + dayMs), 0)
    },
  ],
  [
    'keeps every picodollar of large sums',
    async ({ ledger }) => {
      const large = limit(9_000_000_000_000_000_003n)
      const first = call(9_000_000_000_000_000_001n)
      await ledger.reserve(first, [large])
      await ledger.settle(first.id, ok(9_000_000_000_000_000_001n))
      assert.equal((await ledger.reserve(call(3n), [large]))?.spent, 9_000_000_000_000_000_001n)
      assert.equal(await ledger.reserve(call(2n), [large]), undefined)
    },
  ],
  [
    'refuses what is no reservation and no settlement',
    async ({ ledger }) => {
      const first = call(1n)
      await ledger.reserve(first, [])
      await assert.rejects(ledger.reserve(first, []), 'an id that was used')
      for (const amount of [-1n, 2n ** 63n]) await assert.rejects(ledger.reserve(call(amount), []))
      await assert.rejects(ledger.reserve(call(1n, { leaseUntil: NaN }), []))
      await assert.rejects(ledger.settle(first.id, ok(-1n)))
      assert.equal((await all(ledger.records())).length, 1)
    },
  ],
]

const memory: LedgerCheck[] = [
  [
    'gives back every record as it was, in order',
    async ({ ledger }) => {
      const charge = { runId: 'r/1', key: "k'\u{1F99C}", project: 'p', kind: 'agent', maxOutputTokens: 7 }
      const full = call(60n, charge)
      const bare = call(1n)
      await ledger.reserve(full, [])
      await ledger.reserve(bare, [])
      const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 2, estimated: true as const }
      const price = { priceSource: 'list', priceVersion: '1.2.3' }
      await ledger.settle(full.id, { ...ok(25n), usage, ...price })
      assert.deepEqual(await all(ledger.records()), [
        { ...full, outcome: 'ok', cost: 25n, usage, ...price, settledAt: noon + 500 },
        { ...bare, outcome: 'open', cost: 0n },
      ])
    },
  ],
  [
    'finds records by time, payer and model',
    async ({ ledger }) => {
      await ledger.reserve(call(1n, { at: noon, runId: 'r/a', key: 'k', kind: 'x' }), [])
      await ledger.reserve(call(2n, { at: noon + 1, runId: 'r', project: 'p', modelId: 'mini' }), [])
      await ledger.reserve(call(3n, { at: noon + 2, provider: 'local' }), [])
      const found = async (filter: Parameters<Ledger['records']>[0]): Promise<string> =>
        (await all(ledger.records(filter))).map(({ amount }) => amount).join()
      assert.deepEqual(
        await Promise.all([
          found({}),
          found({ since: noon + 1 }),
          found({ until: noon + 1 }),
          found({ tree: 'r' }),
          found({ key: 'k' }),
          found({ project: 'p' }),
          found({ kind: 'x' }),
          found({ modelId: 'mini' }),
          found({ provider: 'local' }),
          found({ provider: 'local', since: noon, until: noon + 2 }),
        ]),
        ['1,2,3', '2,3', '1', '1,2', '1', '2', '1', '2', '3', ''],
      )
    },
  ],
  [
    'reads more records than it holds at a time',
    async ({ ledger }) => {
      const calls = Array.from({ length: 1100 }, (_, index) => call(BigInt(index), { id: `n${index}` }))
      for (let from = 0; from < calls.length; from += 100)
        await Promise.all(calls.slice(from, from + 100).map((each) => ledger.reserve(each, [])))
      const read = await all(ledger.records())
      assert.deepEqual(new Set(read.map(({ id }) => id)), new Set(calls.map(({ id }) => id)))
    },
  ],
  [
    'lets a name be claimed once',
    async ({ ledger }) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ledger.claim('alert')))
      assert.equal(answers.filter(Boolean).length, 1)
      assert.deepEqual([await ledger.claim('alert'), await ledger.claim('another')], [false, true])
    },
  ],
  [
    'knows everything after a restart',
    async ({ ledger, reopen }) => {
      if (!reopen) return
      const hundred = limit(100n)
      const first = call(60n)
      await ledger.reserve(first, [hundred])
      await ledger.reserve(call(30n), [hundred])
      await ledger.settle(first.id, ok(25n))
      await ledger.claim('alert')
      const before = await all(ledger.records())
      await ledger.close()
      const again = await reopen()
      assert.deepEqual(await all(again.records()), before)
      assert.deepEqual(await again.accounts(), [{ ...hundred, spent: 25n, reserved: 30n }])
      assert.equal((await again.reserve(call(46n), [hundred]))?.spent, 25n)
      assert.deepEqual([await again.settle(first.id, ok(1n)), await again.claim('alert')], [false, false])
      await again.close()
    },
  ],
]

/** What holds for every ledger. */
export const ledgerChecks: readonly LedgerCheck[] = [...limits, ...settlements, ...memory]
