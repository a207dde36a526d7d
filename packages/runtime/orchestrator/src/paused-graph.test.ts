import { describe, expect, it } from 'vitest'
import { defineGraph } from './define-graph.ts'
import { runGraph } from './run-graph.ts'
import { TaskPaused } from './task-paused.ts'
import type { Task } from './task.ts'
import type { RunGraphOptions, TaskContext } from './graph-run.ts'

const tasks: Task[] = [
  { id: 'ask' },
  { id: 'after', dependsOn: ['ask'] },
  { id: 'other' },
  { id: 'last', dependsOn: ['after', 'other'] },
]
const wait = { callId: 'c1', name: 'send', input: { to: 'Ada' } }

const setup = () => {
  const ran: string[] = []
  const work = ({ id }: Task, { paused, approvals }: TaskContext<string>): string => {
    ran.push(id)
    if (id === 'ask' && approvals['c1'] === undefined) throw new TaskPaused([wait], 'stood here')
    return id === 'ask' ? `${paused}, then ${approvals['c1']}` : id
  }
  const run = (options: RunGraphOptions<Task, string> = {}) =>
    runGraph(defineGraph(tasks), work, { runId: 'g', ...options })
  return { ran, run }
}

describe('a graph in which a task waits for an answer', () => {
  it('does the rest, is paused, and goes on with only what waits', async () => {
    const { ran, run } = setup()
    const first = run()
    const paused = await first.result
    expect(paused.state).toBe('paused')
    expect(paused.pending).toEqual([{ id: 'ask/c1', taskId: 'ask', ...wait }])
    expect([...paused.outcomes].map(([id, { state }]) => `${id} ${state}`)).toEqual([
      'ask paused',
      'other success',
      'after pending',
      'last pending',
    ])
    expect(first.counts()).toMatchObject({ paused: 1, pending: 2, success: 1, running: 0 })
    const from = [...paused.outcomes.values()]
    ran.length = 0
    const done = await run({ from, approvals: { 'ask/c1': true } }).result
    expect([done.state, done.pending, ran]).toEqual(['success', [], ['ask', 'after', 'last']])
    expect(done.outcomes.get('ask')?.output).toBe('stood here, then true')
  })

  it('control: the answer to another call changes nothing', async () => {
    const { run } = setup()
    const { outcomes } = await run().result
    const again = await run({ from: outcomes.values(), approvals: { 'ask/c2': true, 'other/c1': true } })
      .result
    expect(again.state).toBe('paused')
  })

  it('is not compensated, unless it is cancelled', async () => {
    const { run } = setup()
    const undone: string[] = []
    const compensate = ({ id }: Task): void => void undone.push(id)
    expect((await run({ compensate, compensateFailure: true }).result).state).toBe('paused')
    expect(undone).toEqual([])
    const cancelled = run({
      compensate,
      onEvent: (event) => event.type === 'task-end' && event.outcome.id === 'other' && cancelled.cancel('no'),
    })
    const { state, outcomes } = await cancelled.result
    expect([state, outcomes.get('ask')?.state, undone]).toEqual(['cancelled', 'cancelled', ['other']])
  })

  it('cancelled alone, fails what needs it', async () => {
    const { run } = setup()
    const one = run({
      onEvent: (event) =>
        event.type === 'task-end' && event.outcome.id === 'other' && one.cancel('no', 'ask'),
    })
    const { state, outcomes } = await one.result
    expect([state, outcomes.get('ask')?.state]).toEqual(['failed', 'cancelled'])
    expect(outcomes.get('last')?.state).toBe('upstream_failed')
  })

  it('waits for a task that is tried again, and for resume', async () => {
    let tries = 0
    const { result } = runGraph<Task, string>(
      defineGraph([{ id: 'ask' }, { id: 'flaky', retry: { attempts: 2, baseMs: 1 } }]),
      ({ id }) => {
        if (id === 'ask') throw new TaskPaused([wait], '')
        if (++tries === 1) throw new Error('once')
        return id
      },
    )
    const { state, outcomes } = await result
    expect([state, outcomes.get('flaky')?.state]).toEqual(['paused', 'success'])
  })
})
