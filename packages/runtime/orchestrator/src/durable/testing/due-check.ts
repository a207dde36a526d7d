import type { Journal } from '../journal.ts'
import { assertEqual, type Check, requestOf } from './journal-check.ts'

/** What somebody is to take up. */
export const dueCheck: Check = [
  'lists what is due: what runs and nobody holds, the oldest first',
  async ({ journal, reopen, advance }) => {
    for (const runId of ['held', 'old', 'young', 'done']) {
      const claim = await journal.claim(requestOf({ runId, name: runId === 'young' ? 'graph' : 'agent' }))
      if (runId !== 'held') await claim.end(runId === 'done' ? 'done' : 'running')
      await advance(5)
    }
    await (await journal.claim(requestOf({ runId: 'other', version: 'other' }))).end('running')
    const due = async (filter: Parameters<Journal['runs']>[0]): Promise<string[]> =>
      (await (await reopen()).runs({ ...filter, isDue: true })).map(({ runId }) => runId)
    assertEqual(await due({}), ['old', 'young', 'other'], 'what is due')
    const [named] = await journal.runs({ version: 'other' })
    const since = (await journal.run('young'))?.updatedAt ?? 0
    assertEqual(
      (await journal.runs({ before: since })).map(({ runId }) => runId),
      ['old', 'held'],
      'what changed last before that',
    )
    assertEqual(
      [named?.runId, await due({ version: 'other' })],
      ['other', ['other']],
      'what is of other code',
    )
    assertEqual(
      [await due({ name: 'graph' }), await due({ limit: 1 }), await due({ state: 'done' })],
      [['young'], ['old'], []],
      'some of it',
    )
    await advance(1_100)
    assertEqual(await due({}), ['held', 'old', 'young', 'other'], 'what is due when the lease is over')
  },
]
