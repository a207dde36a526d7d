import { InvalidArgument, isObject } from '@ashlar/core'
import { systemClock, wait } from '@ashlar/core/clock'
import { assertEqual, assertThrows } from '../../durable/testing/journal-check.ts'
import { RunsClosed } from '../run-waiters.ts'
import { type RunsCheck, textIn } from './runs-check.ts'

/** What is enqueued is done. */
export const startChecks: readonly RunsCheck[] = [
  [
    'does a run of an agent, once for its id',
    async ({ office, open }) => {
      const runs = await open()
      assertEqual(await runs.startAgent('clerk', 'Hello', { runId: 'a' }), 'a', 'its id')
      const { state, result, pending } = await runs.result('a')
      assertEqual([state, textIn(result), pending], ['done', 'Hello: acted', []], 'what came of it')
      await runs.startAgent('clerk', 'Hello', { runId: 'a' })
      await Promise.all([1, 2, 3].map(() => runs.startAgent('clerk', 'Again', { runId: 'b' })))
      for (const runId of ['a', 'b']) await runs.result(runId)
      assertEqual(office.asked, ['Hello', 'Hello', 'Again', 'Again'], 'what a model was asked')
      assertEqual(office.acted.length, 2, 'what the tool did')
      const more = await runs.startAgent('clerk', [{ role: 'user', content: [{ type: 'text', text: 'So' }] }])
      assertEqual(textIn((await runs.result(more)).result), 'So: acted', 'what came of a transcript')
    },
  ],
  [
    'does a run of a graph, and tries again what failed',
    async ({ office, open }) => {
      const runs = await open()
      const tasks = [
        { id: 'a', fails: 1 },
        { id: 'b', dependsOn: ['a'] },
      ]
      await runs.startGraph('chain', tasks, { runId: 'g' })
      const { state, result } = await runs.result('g')
      assertEqual([state, result], ['done', { a: 'success', b: 'success' }], 'what came of it')
      assertEqual(office.acted, ['g/a', 'g/b'], 'what the tasks did')
    },
  ],
  [
    'says why a run failed, and goes on with it when it is told to',
    async ({ office, open }) => {
      const runs = await open()
      await runs.startAgent('clerk', 'Fail', { runId: 'a' })
      await runs.startAgent('broken', 'Hello', { runId: 'b' })
      await runs.startGraph('chain', [{ id: 'x' }, { id: 'y', fails: 2, dependsOn: ['x'] }], { runId: 'g' })
      for (const [runId, message] of [
        ['a', 'no model'],
        ['b', 'no such office'],
      ] as const) {
        const { state, result } = await runs.result(runId)
        assertEqual([state, isObject(result) && result['message']], ['failed', message], runId)
      }
      assertEqual((await runs.result('g')).state, 'failed', 'the graph')
      await runs.resume('g')
      assertEqual((await runs.result('g')).result, { x: 'success', y: 'failed' }, 'the graph again')
      assertEqual(office.acted, ['g/x'], 'what the tasks did')
      await runs.resume('a')
      assertEqual((await runs.result('a')).state, 'failed', 'the agent again')
      assertEqual(office.asked, ['Fail', 'Fail'], 'what a model was asked')
    },
  ],
  [
    'refuses what it does not know',
    async ({ open }) => {
      const runs = await open()
      await runs.startAgent('clerk', 'Hello', { runId: 'a' })
      await runs.result('a')
      const anyRuns: { startAgent(name: string, input: string): Promise<string> } = runs
      for (const [wrong, what] of [
        [() => anyRuns.startAgent('nobody', 'Hello'), 'an agent'],
        [() => runs.startAgent('clerk', 'Hello', { runId: 'a/b' }), 'an id with /'],
        [() => runs.startAgent('clerk', 'Hello', { priority: 0.5 }), 'a priority'],
        [() => runs.startAgent('asking', 'Hello', { runId: 'a' }), 'an id of another agent'],
        [() => runs.startGraph('chain', [{ id: 'a' }], { runId: 'a' }), 'an id of an agent'],
        [() => runs.result('nothing'), 'a run that there is not'],
        [() => runs.resume('nothing'), 'going on with nothing'],
        [() => runs.cancel('nothing'), 'cancelling nothing'],
        [() => runs.resume('a'), 'going on with what is done'],
      ] as const)
        await assertThrows(wrong(), InvalidArgument.isInstance, what)
      assertEqual((await runs.list()).length, 1, 'runs that there are')
    },
  ],
  [
    'does as many at once as it may, and the highest priority first',
    async ({ office, open }) => {
      const runs = await open({ concurrency: 2 })
      const goOn = office.hold()
      for (const runId of ['a', 'b']) await runs.startAgent('clerk', runId, { runId })
      await office.begun(2)
      for (const [i, runId] of ['low', 'middle', 'high'].entries())
        await runs.startGraph('chain', [{ id: 'x' }], { runId, priority: i - 1 })
      goOn()
      for (const runId of ['a', 'b', 'low', 'middle', 'high']) await runs.result(runId)
      assertEqual(office.most(), 2, 'runs at once')
      assertEqual(office.acted.at(-1), 'low/x', 'the last')
    },
  ],
  [
    'lists what waits, runs and has ended',
    async ({ open }) => {
      const waits = await open({ concurrency: 0 })
      await waits.startAgent('clerk', 'Hello', { runId: 'a' })
      await waits.startGraph('chain', [{ id: 'x' }], { runId: 'g' })
      const states = async (runs: typeof waits) =>
        Object.fromEntries((await runs.list()).map(({ runId, name, state }) => [runId, `${name} ${state}`]))
      assertEqual(await states(waits), { a: 'clerk running', g: 'chain running' }, 'what waits')
      await waits.close()
      const runs = await open()
      for (const runId of ['a', 'g']) await runs.result(runId)
      assertEqual(await states(runs), { a: 'clerk done', g: 'chain done' }, 'what is done')
      assertEqual((await runs.list({ name: 'clerk' })).length, 1, 'those of a name')
    },
  ],
  [
    'shows what a model writes while it does',
    async ({ office, open }) => {
      const runs = await open()
      const goOn = office.hold()
      await runs.startAgent('clerk', 'Write', { runId: 'a' })
      const shown = async (): Promise<string[]> => Object.values(await runs.journal.live('a'))
      for (let looks = 0; looks < 200 && (await shown()).length === 0; looks++)
        await wait(50, { clock: systemClock })
      assertEqual(await shown(), ['It is two '], 'what is shown')
      goOn()
      assertEqual((await runs.result('a')).state, 'done', 'what came of it')
      assertEqual(await shown(), [], 'what is shown in the end')
    },
  ],
  [
    'does what somebody enqueued who died before the queue heard of it',
    async ({ office, open }) => {
      const runs = await open({ leaseMs: 500 })
      const input = { messages: [{ role: 'user', content: [{ type: 'text', text: 'Lost' }] }] }
      const lost = { runId: 'a', name: 'clerk', version: '1', leaseMs: 500, input }
      await (await runs.journal.claim(lost)).end('running')
      assertEqual((await runs.result('a')).state, 'done', 'what came of it')
      assertEqual(office.asked, ['Lost', 'Lost'], 'what was asked')
    },
  ],
  [
    'leaves to others what is under way when it closes',
    async ({ office, open }) => {
      const first = await open()
      const goOn = office.hold()
      await first.startAgent('clerk', 'Hello', { runId: 'a' })
      await first.startGraph('chain', [{ id: 'x' }, { id: 'y' }], { runId: 'g' })
      await office.begun(3)
      const waiting = assertThrows(first.result('a'), RunsClosed.isInstance, 'waiting when it closes')
      await first.close()
      await waiting
      assertEqual([office.acted, office.undone], [[], []], 'what happened')
      goOn()
      const second = await open()
      assertEqual((await second.result('a')).state, 'done', 'the agent')
      assertEqual((await second.result('g')).state, 'done', 'the graph')
      assertEqual(office.acted.toSorted(), ['a/1/c', 'g/x', 'g/y'].toSorted(), 'what happened in the end')
      assertEqual([office.asked.length, office.undone], [2, []], 'what was asked, and undone')
    },
  ],
  [
    'leaves runs of other code alone',
    async ({ office, open }) => {
      const old = await open({ concurrency: 0, version: 'old' })
      await old.startAgent('clerk', 'Old', { runId: 'a' })
      await old.close()
      const young = await open({ version: 'young' })
      await young.startAgent('clerk', 'Young', { runId: 'b' })
      await young.result('b')
      await young.close()
      assertEqual(office.asked, ['Young', 'Young'], 'what was asked by the new code')
      const again = await open({ version: 'old' })
      assertEqual((await again.result('a')).state, 'done', 'the run of the old code')
    },
  ],
]
