import assert from 'node:assert/strict'
import { all, call, dayMs, limit, noon, ok, type LedgerCheck } from './ledger-bench.ts'

/** How calls end in a ledger. */
export const settlementChecks: readonly LedgerCheck[] = [
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
