import { InvalidArgument, isObject } from '@ashlar/core'
import { assertEqual, assertThrows } from '../../durable/testing/journal-check.ts'
import { type RunsCheck, textIn } from './runs-check.ts'

/** What waits for somebody's answer. */
export const pauseChecks: readonly RunsCheck[] = [
  [
    'pauses for an approval, and goes on with it in another process',
    async ({ office, open }) => {
      const first = await open()
      await first.startAgent('asking', 'Hello', { runId: 'a', priority: 3 })
      const { state, pending } = await first.result('a')
      const call = { callId: 'c', name: 'act', input: { question: 'Hello' } }
      assertEqual([state, pending, office.acted], ['paused', [call], []], 'where it stands')
      await assertThrows(
        first.resume('a', { approvals: { other: true } }),
        InvalidArgument.isInstance,
        'an answer to what nobody asked',
      )
      await first.close()
      const asks = await open({ concurrency: 0 })
      await asks.resume('a', { approvals: { c: true } })
      await assertThrows(
        asks.resume('a', { approvals: { c: true } }),
        InvalidArgument.isInstance,
        'the same answer again',
      )
      await asks.close()
      const second = await open()
      const { state: end, result } = await second.result('a')
      assertEqual([end, textIn(result)], ['done', 'Hello: acted'], 'what came of it')
      assertEqual([office.acted.length, office.asked.length], [1, 2], 'how often it acted, and was asked')
    },
  ],
  [
    'tells why a call was denied',
    async ({ office, open }) => {
      const runs = await open()
      await runs.startAgent('asking', 'Hello', { runId: 'a' })
      await runs.result('a')
      await runs.resume('a', { approvals: { c: 'not on Sundays' } })
      const { state, result } = await runs.result('a')
      assertEqual([state, office.acted], ['done', []], 'what came of it')
      assertEqual(String(textIn(result)).includes('not on Sundays'), true, 'that it says why')
    },
  ],
  [
    'pauses a graph, and goes on with the tasks that wait, one answer after the other',
    async ({ office, open }) => {
      const first = await open()
      const tasks = [{ id: 'x' }, { id: 'y', asks: true }, { id: 'z', asks: true, dependsOn: ['x'] }]
      await first.startGraph('chain', tasks, { runId: 'g' })
      const { state, pending, result } = await first.result('g')
      assertEqual(
        [state, pending.map(({ callId }) => callId).toSorted()],
        ['paused', ['y/c', 'z/c']],
        'what waits',
      )
      assertEqual(isObject(result) && result['x'], 'success', 'what does not')
      await first.close()
      const second = await open()
      await second.resume('g', { approvals: { 'y/c': true } })
      const again = await second.result('g')
      assertEqual(
        again.pending.map(({ callId }) => callId),
        ['z/c'],
        'what waits then',
      )
      await second.resume('g', { approvals: { 'z/c': 'no' } })
      assertEqual((await second.result('g')).state, 'done', 'what came of it')
      assertEqual(office.acted, ['g/x', 'g/y'], 'what the tasks did')
    },
  ],
  [
    'keeps an answer that was given should the process end before it is used',
    async ({ office, open }) => {
      const first = await open()
      await first.startGraph(
        'chain',
        [
          { id: 'x', asks: true },
          { id: 'y', asks: true },
        ],
        { runId: 'g' },
      )
      await first.result('g')
      const goOn = office.hold()
      await first.resume('g', { approvals: { 'x/c': true, 'y/c': true } })
      await office.begun(2)
      await first.close()
      goOn()
      const second = await open()
      assertEqual((await second.result('g')).result, { x: 'success', y: 'success' }, 'what came of it')
      assertEqual(office.acted.toSorted(), ['g/x', 'g/y'], 'what the tasks did')
    },
  ],
]
