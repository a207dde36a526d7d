import { fakeClock } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { defineGraph } from './define-graph.ts'
import { CompensationTimeout } from './graph-errors.ts'
import type { GraphEvent } from './graph-run.ts'
import { runGraph } from './run-graph.ts'
import type { Task } from './task.ts'

const tasks: Task[] = [{ id: 'a' }, { id: 'b', dependsOn: ['a'] }]

/** A run whose `b` does not listen, and gives its output when told. */
const deaf = (compensate?: (task: Task) => void) => {
  const clock = fakeClock()
  const late = Promise.withResolvers<string>()
  const events: string[] = []
  const run = runGraph<Task, string>(defineGraph(tasks), ({ id }) => (id === 'b' ? late.promise : id), {
    clock,
    graceMs: 100,
    ...(compensate && { compensate }),
    onEvent: (event: GraphEvent) => {
      if (event.type === 'task-late' || event.type === 'task-compensated' || event.type === 'graph-end')
        events.push('id' in event ? `${event.type} ${event.id}` : event.type)
    },
  })
  return { clock, late, events, run }
}

describe('compensation', () => {
  it('has a signal, a key and a limit: what hangs is left behind, and the rest is undone', async () => {
    const clock = fakeClock()
    const keys: string[] = []
    let heard: unknown
    const run = runGraph(defineGraph(tasks), ({ id }) => (id === 'b' ? new Promise<string>(() => {}) : id), {
      clock,
      runId: 'g',
      from: [{ id: 'b', state: 'success', output: 'b', attempts: 1, durationMs: 0 }],
      compensate: ({ id }, _, { signal, idempotencyKey }) => {
        keys.push(idempotencyKey)
        if (id === 'a') return undefined
        signal.addEventListener('abort', () => (heard = signal.reason))
        return new Promise<void>(() => {})
      },
      compensateTimeoutMs: 5_000,
      onEvent: (event) => event.type === 'task-end' && event.outcome.id === 'a' && run.cancel(),
    })
    await clock.advance(5_999)
    let isSettled = false
    void run.result.then(() => (isSettled = true))
    await clock.advance(0)
    expect(isSettled).toBe(false)
    await clock.advance(1)
    const { compensated } = await run.result
    // `b` is an old success here, so that `a` is undone first.
    expect(compensated).toEqual([{ id: 'a' }, { id: 'b', error: new CompensationTimeout('b', 5_000) }])
    expect(heard).toSatisfy(CompensationTimeout.isInstance)
    expect(keys).toEqual(['g/a:undo', 'g/b:undo'])
    expect(clock.pending).toBe(0)
  })

  it('undoes a success that comes after everybody left', async () => {
    const undone: string[] = []
    const { clock, late, events, run } = deaf(({ id }) => void undone.push(id))
    await clock.advance(1)
    run.cancel('enough')
    await clock.advance(100)
    expect((await run.result).compensated).toEqual([{ id: 'a' }])
    late.resolve('b after all')
    await clock.advance(1)
    expect(undone).toEqual(['a', 'b'])
    expect(events).toEqual(['task-compensated a', 'graph-end', 'task-late b', 'task-compensated b'])
  })

  it('flags such a success where nobody undoes it', async () => {
    const { clock, late, events, run } = deaf()
    await clock.advance(1)
    run.cancel('enough')
    await clock.advance(100)
    await run.result
    late.resolve('b after all')
    await clock.advance(1)
    expect(events).toEqual(['graph-end', 'task-late b'])
  })

  it('flags, and undoes, what succeeded after its timeout', async () => {
    const clock = fakeClock()
    const [late, undone] = [new Array<string>(), new Array<string>()]
    const { result } = runGraph<Task, string>(
      defineGraph([{ id: 'slow', timeoutMs: 100 }]),
      ({ id }) => new Promise((resolve) => clock.setTimeout(() => resolve(id), 150)),
      {
        clock,
        compensateFailure: true,
        compensate: ({ id }) => void undone.push(id),
        onEvent: (event) => event.type === 'task-late' && late.push(event.id),
      },
    )
    await clock.advance(2_000)
    const { state, compensated } = await result
    expect([state, late, undone, compensated]).toEqual(['failed', ['slow'], ['slow'], [{ id: 'slow' }]])
  })

  it('control: work that fails late is neither', async () => {
    const { clock, late, events, run } = deaf(() => {})
    await clock.advance(1)
    run.cancel('enough')
    await clock.advance(100)
    await run.result
    late.reject(new Error('stopped'))
    await clock.advance(1)
    expect(events).toEqual(['task-compensated a', 'graph-end'])
  })
})
