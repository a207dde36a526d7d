import assert from 'node:assert/strict'
import { type Notice, told } from '../outbox.ts'
import { type LedgerCheck, noon } from './ledger-bench.ts'

const notice = (name: string, receiver = 'log'): Notice => ({
  name,
  receiver,
  body: `{"about":"${name} 🦜"}`,
})
const names = (notices: readonly Notice[]): string =>
  notices
    .map(({ name, receiver }) => `${receiver} ${name}`)
    .toSorted()
    .join()

/** What becomes of what is to be told. */
export const outboxChecks: readonly LedgerCheck[] = [
  [
    'gives a notice to the first that posts it, for each receiver',
    async ({ ledger: { outbox } }) => {
      const both = [notice('a'), notice('a', 'hook')]
      const given = await Promise.all(Array.from({ length: 8 }, () => outbox.post(both, noon)))
      assert.equal(names(given.flat()), 'hook a,log a')
      assert.deepEqual(await outbox.post([notice('a'), notice('b')], noon), [notice('b')])
      assert.deepEqual(await outbox.post([], noon), [])
    },
  ],
  [
    'gives a notice to one at a time, until it has been told',
    async ({ ledger: { outbox } }) => {
      await outbox.post([notice('a'), notice('b'), notice('c', 'hook')], noon)
      const take = (now: number, receivers = ['log']): Promise<readonly Notice[]> =>
        outbox.take({ receivers, now, heldUntil: now + 10 })
      assert.deepEqual([await take(noon - 1), await take(noon, []), await take(noon, ['x'])], [[], [], []])
      const taken = await Promise.all(Array.from({ length: 8 }, () => take(noon)))
      assert.equal(names(taken.flat()), 'log a,log b')
      assert.deepEqual(
        taken.flat().find(({ name }) => name === 'a'),
        notice('a'),
      )
      await outbox.hold(notice('a'), told)
      // Whoever was late to tell it again does not undo that.
      await outbox.hold(notice('a'), noon)
      await outbox.hold(notice('b'), noon + 100)
      assert.deepEqual([await outbox.nextFree(['log']), await outbox.nextFree(['hook'])], [noon + 100, noon])
      assert.equal(names(await take(noon + 99, ['log', 'hook'])), 'hook c')
      assert.equal(names(await take(noon + 100)), 'log b')
      await outbox.hold(notice('nobody posted this'), told)
      assert.equal(names(await take(told - 1, ['log', 'hook'])), 'hook c,log b')
      for (const each of [notice('b'), notice('c', 'hook')]) await outbox.hold(each, told)
      assert.equal(await outbox.nextFree(['log', 'hook']), undefined)
    },
  ],
  [
    'closes when the tasks are done that need it, once each',
    async ({ ledger }) => {
      const done: string[] = []
      ledger.beforeClose(async () => {
        await ledger.outbox.post([notice('last')], noon)
        done.push('kept')
      })
      ledger.beforeClose(async () => void done.push('removed'))()
      await ledger.close()
      assert.deepEqual(done, ['kept'])
    },
  ],
]
