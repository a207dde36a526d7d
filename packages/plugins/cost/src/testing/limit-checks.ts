import assert from 'node:assert/strict'
import { forever } from '../ledger.ts'
import { call, dayMs, limit, type LedgerCheck, noon, ok } from './ledger-bench.ts'

/** What a ledger does about limits. */
export const limitChecks: readonly LedgerCheck[] = [
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
