import { InvalidArgument } from '@ashlar/core'
import { CodeVersionMismatch, LeaseLost, RunChanged, RunLeased } from '../durable-errors.ts'
import type { Journal } from '../journal.ts'
import { cancelChecks } from './cancel-checks.ts'
import { dueCheck } from './due-check.ts'
import { assertEqual, assertThrows, type Check, type JournalBench, requestOf } from './journal-check.ts'

export type { JournalBench } from './journal-check.ts'

export interface TestJournalOptions {
  readonly name: string
  /** A journal with nothing in it. */
  create(): Promise<JournalBench>
}

/** What the suite needs of a test framework; vitest, jest, mocha, bun and `node:test` have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
}

/** It is there, and perhaps held. */
const isNotToHave = (error: unknown): boolean => RunChanged.isInstance(error) || RunLeased.isInstance(error)

const checks: readonly Check[] = [
  [
    'knows nothing at first',
    async ({ journal }) => {
      assertEqual(await journal.run('r'), undefined, 'a run that nobody began')
      assertEqual(await journal.runs(), [], 'the runs')
      assertEqual(await journal.steps('r'), [], 'its steps')
      await journal.remove('r')
    },
  ],
  [
    'keeps a run and its steps for whoever opens it next',
    async ({ journal, reopen }) => {
      const claim = await journal.claim(requestOf())
      assertEqual([claim.before, claim.epoch, claim.steps.size], [undefined, 1, 0], 'a new claim')
      await claim.write({ key: 'a', state: 'started', digest: 'd' })
      await claim.write({ key: 'b', state: 'done', value: { text: 'ü \u0000 "', list: [1, null] } })
      await claim.write({ key: 'a', state: 'done', digest: 'd', value: 'x' })
      await claim.end('paused', { at: 3 })
      const other = await reopen()
      const steps = await other.steps('r')
      assertEqual(
        steps,
        [
          { key: 'a', state: 'done', digest: 'd', value: 'x' },
          { key: 'b', state: 'done', value: { text: 'ü \u0000 "', list: [1, null] } },
        ],
        'the steps',
      )
      const { state, result, epoch, input, name, version } = (await other.run('r')) ?? {}
      assertEqual(
        { state, result, epoch, input, name, version },
        {
          state: 'paused',
          result: { at: 3 },
          epoch: 1,
          input: { messages: [] },
          name: 'agent',
          version: '1',
        },
        'the run',
      )
    },
  ],
  [
    'gives a run to one at a time, and to another when that one is gone',
    async ({ journal, reopen, advance }) => {
      const other = await reopen()
      const first = await journal.claim(requestOf())
      await assertThrows(other.claim(requestOf()), RunLeased.isInstance, 'a second claim')
      await advance(800)
      await first.renew()
      await advance(800)
      await assertThrows(other.claim(requestOf()), RunLeased.isInstance, 'a claim of a run that was renewed')
      await assertThrows(other.remove('r'), RunLeased.isInstance, 'removing a run that is held')
      await advance(300)
      const second = await other.claim(requestOf())
      assertEqual(second.epoch, 2, 'the epoch of the second claim')
      assertEqual(second.before?.state, 'running', 'the state it was left in')
      await assertThrows(
        first.write({ key: 'a', state: 'done' }),
        LeaseLost.isInstance,
        'a write of the first',
      )
      await assertThrows(first.renew(), LeaseLost.isInstance, 'a renewal of the first')
      await assertThrows(first.end('done'), LeaseLost.isInstance, 'an end by the first')
      await second.write({ key: 'a', state: 'done', value: 2 })
      assertEqual(await journal.steps('r'), [{ key: 'a', state: 'done', value: 2 }], 'the steps')
    },
  ],
  [
    'gives a run at once that was ended',
    async ({ journal }) => {
      const first = await journal.claim(requestOf())
      await first.write({ key: 'a', state: 'done', value: 1 })
      await first.end('failed', 'why')
      const second = await journal.claim(requestOf({ input: 'other' }))
      assertEqual(second.steps.get('a')?.value, 1, 'the step')
      assertEqual(second.input, { messages: [] }, 'what a run that failed goes on with')
      await second.end('paused', 'state')
      const third = await journal.claim(requestOf({ input: 'other' }))
      assertEqual(third.input, 'other', 'what a run that paused goes on with')
    },
  ],
  [
    'shows what is being written while it is, and nothing by a claim that was lost',
    async ({ journal, reopen, advance }) => {
      const other = await reopen()
      const sees = async (texts: object, when: string) => assertEqual(await other.live('r'), texts, when)
      const first = await journal.claim(requestOf())
      const texts = { 'r:model/1': 'It is \uD83E', 'r/a:model/1': 'ü \u0000' }
      await first.show(texts)
      await sees(texts, 'what is shown')
      await advance(1_100)
      const second = await other.claim(requestOf())
      await first.show({ old: 'text' })
      await sees({}, 'what is shown by a claim that was lost')
      await second.show({ new: 'text' })
      await first.show({ old: 'text' })
      await sees({ new: 'text' }, 'what is shown by the second claim')
      await second.end('paused')
      const third = await journal.claim(requestOf())
      await third.show({ last: 'text' })
      await advance(1_100)
      await other.cancel('r')
      await sees({}, 'what is shown of a run that was cancelled')
      await journal.remove('r')
      await third.show({ last: 'text' }).catch(() => {})
      await sees({}, 'what is shown of a run that was removed')
    },
  ],
  [
    'refuses other code',
    async ({ journal }) => {
      await (await journal.claim(requestOf())).end('aborted')
      const other = journal.claim(requestOf({ version: '2' }))
      await assertThrows(other, CodeVersionMismatch.isInstance, 'a claim by other code')
    },
  ],
  [
    'counts and lists',
    async ({ journal, advance }) => {
      for (const [runId, state] of [
        ['a', 'done'],
        ['b', 'paused'],
        ['c', 'done'],
      ] as const) {
        const claim = await journal.claim(requestOf({ runId, name: runId === 'c' ? 'graph' : 'agent' }))
        await claim.write({ key: 'x', state: 'unknown' })
        await claim.end(state)
        await advance(5)
      }
      const ids = async (filter?: Parameters<Journal['runs']>[0]) =>
        (await journal.runs(filter)).map(({ runId }) => runId)
      assertEqual(await ids(), ['c', 'b', 'a'], 'all')
      assertEqual(await ids({ state: 'done' }), ['c', 'a'], 'those that are done')
      assertEqual(await ids({ name: 'agent', limit: 1 }), ['b'], 'the latest of a name')
      assertEqual((await journal.run('a'))?.unknown, 1, 'the steps that are unknown')
      await journal.remove('b')
      assertEqual([await ids(), await journal.steps('b')], [['c', 'a'], []], 'what is left')
    },
  ],
  [
    'claims a run in one state alone, if that is asked',
    async ({ journal, reopen }) => {
      const other = await reopen()
      const first = await journal.claim(requestOf({ only: 'new' }))
      await assertThrows(other.claim(requestOf({ only: 'new' })), isNotToHave, 'a run that is there already')
      await first.end('paused')
      await assertThrows(
        other.claim(requestOf({ only: 'running' })),
        RunChanged.isInstance,
        'one that paused',
      )
      const again = await Promise.allSettled([
        journal.claim(requestOf({ only: 'paused' })),
        other.claim(requestOf({ only: 'paused' })),
      ])
      assertEqual(again.filter(({ status }) => status === 'fulfilled').length, 1, 'claims of one that paused')
      for (const one of again) if (one.status === 'fulfilled') await one.value.end('running')
      assertEqual(
        (await other.claim(requestOf({ only: 'running' }))).epoch,
        3,
        'the epoch of the third claim',
      )
    },
  ],
  dueCheck,
  [
    'one of many that claim at once gets the run',
    async ({ journal, reopen }) => {
      const other = await reopen()
      const claims = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => (i % 2 ? journal : other).claim(requestOf())),
      )
      assertEqual(claims.filter(({ status }) => status === 'fulfilled').length, 1, 'claims')
    },
  ],
  ...cancelChecks,
]

/** The contract of a journal. */
export const testJournal = ({ name, create }: TestJournalOptions, { describe, it }: Runner): void => {
  if (typeof create !== 'function')
    throw new InvalidArgument('create', 'a function that makes a journal', create)
  describe(`${name}: a journal`, () => {
    for (const [title, test] of checks)
      it(title, async () => {
        const opened: Journal[] = []
        const bench = await create()
        const reopen = async (): Promise<Journal> => {
          const journal = await bench.reopen()
          opened.push(journal)
          return journal
        }
        try {
          await test({ ...bench, reopen })
        } finally {
          for (const journal of [...opened, bench.journal]) await journal.close()
          await bench.close?.()
        }
      })
  })
}
