import assert from 'node:assert/strict'
import type { Ledger } from '../ledger.ts'
import { all, call, limit, type LedgerCheck, noon, ok } from './ledger-bench.ts'

/** What a ledger remembers. */
export const recordChecks: readonly LedgerCheck[] = [
  [
    'gives back every record as it was, in order',
    async ({ ledger }) => {
      const charge = { runId: 'r/1', key: "k'\u{1F99C}", project: 'p', kind: 'agent', maxOutputTokens: 7 }
      const reserved = { priceSource: 'book', priceVersion: '0', tier: 'priority', region: 'us' } as const
      const full = call(60n, { ...charge, ...reserved })
      const untold = call(2n, reserved)
      const bare = call(1n)
      await ledger.reserve(full, [])
      await ledger.reserve(bare, [])
      await ledger.reserve(untold, [])
      await ledger.settle(untold.id, ok(0n))
      const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 2, estimated: true as const }
      const price = { priceSource: 'list', priceVersion: '1.2.3', tier: 'flex' as const }
      await ledger.settle(full.id, { ...ok(25n), usage, ...price })
      assert.deepEqual(await all(ledger.records()), [
        // Settled by one price and nowhere in particular.
        {
          ...call(60n, charge),
          id: full.id,
          outcome: 'ok',
          cost: 25n,
          usage,
          ...price,
          settledAt: noon + 500,
        },
        { ...bare, outcome: 'open', cost: 0n },
        { ...untold, outcome: 'ok', cost: 0n, settledAt: noon + 500 },
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
    'knows everything after a restart',
    async ({ ledger, reopen }) => {
      if (!reopen) return
      const hundred = limit(100n)
      const first = call(60n)
      await ledger.reserve(first, [hundred])
      await ledger.reserve(call(30n), [hundred])
      await ledger.settle(first.id, ok(25n))
      const notice = { name: 'alert', receiver: 'log', body: '{}' }
      await ledger.outbox.post([notice], noon)
      const before = await all(ledger.records())
      await ledger.close()
      const again = await reopen()
      assert.deepEqual(await all(again.records()), before)
      assert.deepEqual(await again.accounts(), [{ ...hundred, spent: 25n, reserved: 30n }])
      assert.equal((await again.reserve(call(46n), [hundred]))?.spent, 25n)
      assert.equal(await again.settle(first.id, ok(1n)), false)
      assert.deepEqual(await again.outbox.post([notice], noon), [])
      const taking = { receivers: ['log'], now: noon, heldUntil: noon + 1 }
      assert.deepEqual(await again.outbox.take(taking), [notice])
      await again.close()
    },
  ],
]
