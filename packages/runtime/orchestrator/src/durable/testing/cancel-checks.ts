import { LeaseLost } from '../durable-errors.ts'
import type { RecordedState } from '../journal.ts'
import { assertEqual, assertThrows, type Check, requestOf } from './journal-check.ts'

/** What cancelling a run has to do. */
export const cancelChecks: readonly Check[] = [
  [
    'asks whoever holds a run to cancel it, and takes it from nobody',
    async ({ journal, reopen }) => {
      const other = await reopen()
      const claim = await journal.claim(requestOf())
      assertEqual(claim.cancelAsked, false, 'what a new claim is told')
      assertEqual(await claim.renew(), { cancelAsked: false }, 'what a renewal tells before')
      assertEqual((await other.run('r'))?.cancelAsked, undefined, 'what the record says before')
      assertEqual([await other.cancel('r'), await other.cancel('r')], ['asked', 'asked'], 'what is told')
      const { state, epoch, cancelAsked } = (await other.run('r')) ?? {}
      assertEqual([state, epoch, cancelAsked], ['running', 1, true], 'the record')
      assertEqual(await claim.renew(), { cancelAsked: true }, 'what a renewal tells')
      assertEqual((await other.runs({ state: 'running' }))[0]?.cancelAsked, true, 'what the list says')
      await claim.write({ key: 'a', state: 'done' })
      assertEqual((await other.steps('r')).length, 1, 'the steps that its holder may still write')
      await claim.end('aborted', { a: 'cancelled' })
      const ended = await other.run('r')
      assertEqual(
        [ended?.state, ended?.result, ended?.cancelAsked],
        ['aborted', { a: 'cancelled' }, undefined],
        'how its holder ended it',
      )
    },
  ],
  [
    'aborts at once a run that nobody holds',
    async ({ journal, reopen, advance }) => {
      const other = await reopen()
      for (const state of ['paused', 'failed'] as const) {
        await (await journal.claim(requestOf({ runId: state }))).end(state, 'why')
        assertEqual(await other.cancel(state), 'cancelled', `cancelling a run that ${state}`)
        const { state: now, result } = (await other.run(state)) ?? {}
        assertEqual([now, result], ['aborted', 'why'], `a run that ${state}`)
      }
      const claim = await journal.claim(requestOf())
      await advance(1_100)
      assertEqual(await other.cancel('r'), 'cancelled', 'cancelling a run whose lease is over')
      await assertThrows(claim.renew(), LeaseLost.isInstance, 'a renewal after it')
      await assertThrows(claim.write({ key: 'a', state: 'done' }), LeaseLost.isInstance, 'a write after it')
      await assertThrows(claim.end('done'), LeaseLost.isInstance, 'an end after it')
      assertEqual((await other.run('r'))?.state, 'aborted', 'its state')
    },
  ],
  [
    'cancels nothing that is over, or is not there',
    async ({ journal }) => {
      assertEqual(await journal.cancel('nobody'), undefined, 'cancelling a run that nobody began')
      assertEqual(await journal.run('nobody'), undefined, 'what is left of that')
      for (const state of ['done', 'aborted'] as const) {
        await (await journal.claim(requestOf({ runId: state }))).end(state)
        assertEqual(await journal.cancel(state), undefined, `cancelling a run that is ${state}`)
        assertEqual((await journal.run(state))?.epoch, 1, 'its epoch')
      }
    },
  ],
  [
    'tells whoever takes up a run whose holder died after it was asked',
    async ({ journal, reopen, advance }) => {
      const other = await reopen()
      const first = await journal.claim(requestOf())
      await first.write({ key: 'a', state: 'done' })
      await journal.cancel('r')
      await advance(1_100)
      const second = await other.claim(requestOf())
      assertEqual([second.cancelAsked, second.before?.cancelAsked], [true, true], 'what the next is told')
      assertEqual(await second.renew(), { cancelAsked: true }, 'what its renewal tells')
      await advance(1_100)
      const third = await journal.claim(requestOf())
      assertEqual(third.cancelAsked, true, 'what the one after that is told')
      await advance(1_100)
      assertEqual(await other.cancel('r'), 'cancelled', 'the second time, as the lease is over')
      await assertThrows(third.end('done'), LeaseLost.isInstance, 'an end after it')
    },
  ],
  [
    'does not cancel again a run that had ended and is gone on with',
    async ({ journal, advance }) => {
      for (const state of ['aborted', 'failed', 'done'] as RecordedState[]) {
        const runId = `was ${state}`
        const first = await journal.claim(requestOf({ runId }))
        assertEqual(await journal.cancel(runId), 'asked', 'the first time')
        await first.end(state)
        assertEqual((await journal.run(runId))?.state, state, 'how it ended')
        const second = await journal.claim(requestOf({ runId }))
        assertEqual([second.cancelAsked, second.before?.cancelAsked], [false, undefined], 'what is told then')
        assertEqual(await second.renew(), { cancelAsked: false }, 'what a renewal tells then')
        assertEqual((await journal.run(runId))?.cancelAsked, undefined, 'what the record says then')
      }
      await journal.claim(requestOf())
      await advance(1_100)
      assertEqual(await journal.cancel('r'), 'cancelled', 'cancelling what nobody holds')
      assertEqual((await journal.claim(requestOf())).cancelAsked, false, 'what is told after that')
    },
  ],
  [
    'does not let a run pause that was asked to be cancelled',
    async ({ journal }) => {
      const claim = await journal.claim(requestOf())
      await journal.cancel('r')
      await claim.end('paused', { at: 3 })
      assertEqual((await journal.run('r'))?.state, 'aborted', 'its state')
    },
  ],
]
