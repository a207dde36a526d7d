import { systemClock, wait } from '@ashlar/core/clock'
import { assertEqual } from '../../durable/testing/journal-check.ts'
import type { RunsCheck } from './runs-check.ts'

/** What is to be done no more. */
export const cancelChecks: readonly RunsCheck[] = [
  [
    'never starts what was cancelled while it waited',
    async ({ office, open }) => {
      const waits = await open({ concurrency: 0 })
      for (const runId of ['a', 'b']) await waits.startAgent('clerk', runId, { runId })
      assertEqual([await waits.cancel('a'), await waits.cancel('a')], [true, false], 'cancelling it twice')
      assertEqual((await waits.result('a')).state, 'aborted', 'what came of it')
      await waits.close()
      const runs = await open()
      assertEqual((await runs.result('b')).state, 'done', 'the other one')
      assertEqual([office.asked, await runs.cancel('b')], [['b', 'b'], false], 'what was asked')
      await runs.resume('a')
      assertEqual((await runs.result('a')).state, 'done', 'what was cancelled, gone on with')
    },
  ],
  [
    'stops what runs, and undoes what a graph did, the last first',
    async ({ office, open }) => {
      const runs = await open()
      const tasks = [{ id: 'x' }, { id: 'y', dependsOn: ['x'] }, { id: 'z', dependsOn: ['y'], asks: true }]
      await runs.startGraph('chain', [...tasks, { id: 'w', dependsOn: ['y'] }], { runId: 'g' })
      await office.begun(2)
      const goOn = office.hold()
      await runs.startAgent('clerk', 'Hello', { runId: 'a' })
      await office.begun(4)
      assertEqual([await runs.cancel('a'), await runs.cancel('g')], [true, true], 'cancelling them')
      assertEqual((await runs.result('a')).state, 'aborted', 'the agent')
      assertEqual((await runs.result('g')).state, 'aborted', 'the graph')
      goOn()
      assertEqual(office.acted, ['g/x', 'g/y'], 'what the tasks did')
      assertEqual(office.undone, ['g/y:undo', 'g/x:undo'], 'what was undone')
    },
  ],
  [
    'cancels what paused, and undoes what it did, in another process too',
    async ({ office, open }) => {
      const first = await open()
      await first.startAgent('asking', 'Hello', { runId: 'a' })
      const tasks = [{ id: 'x' }, { id: 'y', dependsOn: ['x'] }, { id: 'z', dependsOn: ['y'], asks: true }]
      for (const runId of ['g', 'h']) await first.startGraph('chain', tasks, { runId })
      for (const runId of ['a', 'g', 'h'])
        assertEqual((await first.result(runId)).state, 'paused', `${runId} before`)
      assertEqual([await first.cancel('a'), await first.cancel('g')], [true, true], 'cancelling them')
      for (const runId of ['a', 'g']) assertEqual((await first.result(runId)).state, 'aborted', runId)
      assertEqual(office.undone, ['g/y:undo', 'g/x:undo'], 'what was undone')
      await first.close()
      const asks = await open({ concurrency: 0 })
      await asks.cancel('h')
      await asks.close()
      const second = await open()
      assertEqual((await second.result('h')).state, 'aborted', 'h')
      assertEqual(office.undone.slice(2), ['h/y:undo', 'h/x:undo'], 'what was undone of h')
    },
  ],
  [
    'leaves to workers with its code what others cancel or go on with',
    async ({ office, open }) => {
      const old = await open({ version: 'old' })
      const tasks = [{ id: 'x' }, { id: 'y', dependsOn: ['x'], asks: true }]
      for (const runId of ['g', 'h']) await old.startGraph('chain', tasks, { runId })
      for (const runId of ['g', 'h']) assertEqual((await old.result(runId)).state, 'paused', runId)
      await old.close()
      const young = await open({ version: 'young' })
      assertEqual(await young.cancel('g'), true, 'cancelling it')
      await young.resume('h', { approvals: { 'y/c': true } })
      await wait(300, { clock: systemClock })
      const left = await Promise.all(['g', 'h'].map((runId) => young.journal.run(runId)))
      assertEqual(
        left.map((record) => record?.state),
        ['running', 'running'],
        'what became of them meanwhile',
      )
      await young.close()
      const again = await open({ version: 'old' })
      assertEqual((await again.result('g')).state, 'aborted', 'what was cancelled')
      assertEqual(office.undone, ['g/x:undo'], 'what was undone')
      assertEqual((await again.result('h')).state, 'done', 'what was gone on with')
    },
  ],
]
