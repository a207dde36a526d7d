import { fakeClock } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CompensateContext } from '../compensated.ts'
import { defineGraph } from '../define-graph.ts'
import type { RunGraphOptions, TaskContext } from '../graph-run.ts'
import type { Task } from '../task.ts'
import { ReplayMismatch, UndoneInPart } from './durable-errors.ts'
import { durableRuns } from './durable-runs.ts'
import type { Claim, ClaimRequest, Journal } from './journal.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let journal: Journal
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

// Listed otherwise than they run.
const tasks: Task[] = [{ id: 'b', dependsOn: ['a'] }, { id: 'a' }, { id: 'c', dependsOn: ['b'] }]

/** A run in which `c` ends it, until it is told not to. */
const setup = () => {
  const log: string[] = []
  const state = { cancels: true }
  const compensate = (_: Task, __: unknown, { idempotencyKey }: CompensateContext): void =>
    void log.push(`undo ${idempotencyKey}`)
  const run = async (
    options: Partial<RunGraphOptions<Task, string>> = {},
    on: Journal = journal,
    { list = tasks, compensates = true }: { list?: Task[]; compensates?: boolean } = {},
  ) => {
    const started = await durableRuns(on).runGraph(
      defineGraph(list),
      ({ id }: Task, { idempotencyKey, signal }: TaskContext<string>) => {
        log.push(`do ${idempotencyKey}`)
        if (id !== 'c' || !state.cancels) return id
        queueMicrotask(() => started.cancel('enough'))
        return new Promise<string>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        )
      },
      {
        runId: 'g',
        ...(compensates && { compensate }),
        ...options,
      },
    )
    return started.result
  }
  return { log, state, run }
}

/** A journal whose process ends after a write that fits. */
const dyingAfter = (fits: (value: string) => boolean): Journal => {
  let isDead = false
  const mortal = (claim: Claim): Claim => ({
    ...claim,
    write: async (step) => {
      if (isDead) throw new Error('the process died')
      await claim.write(step)
      isDead = fits(`${step.key} ${step.state} ${JSON.stringify(step.value)}`)
      if (isDead) throw new Error('the process died')
    },
    end: async () => {
      throw new Error('the process died')
    },
  })
  return { ...journal, claim: async (request) => mortal(await journal.claim({ ...request, leaseMs: 0 })) }
}

describe('a recorded graph that is undone', () => {
  it('does again what was undone, as another effect, before what comes after it', async () => {
    const { log, state, run } = setup()
    expect((await run()).state).toBe('cancelled')
    expect(log.splice(0)).toEqual(['do g/a', 'do g/b', 'do g/c', 'undo g/b:undo', 'undo g/a:undo'])
    expect((await journal.run('g'))?.result).toEqual({ a: 'cancelled', b: 'cancelled', c: 'cancelled' })
    state.cancels = false
    expect((await run()).state).toBe('success')
    expect(log).toEqual(['do g/a:undone1', 'do g/b:undone1', 'do g/c'])
  })

  it('control: what was not undone is kept', async () => {
    const { log, state, run } = setup()
    const compensate = () => {
      throw new Error('not today')
    }
    await run({ compensate })
    state.cancels = false
    log.length = 0
    await expect(run({ compensate })).rejects.toSatisfy(UndoneInPart.isInstance)
    expect(log).toEqual([])
    expect(await journal.run('g')).toMatchObject({ state: 'aborted', unknown: 2 })
  })

  it('undoes in the order of the ends also after a restart', async () => {
    const { log, run } = setup()
    await run(
      {},
      dyingAfter((text) => text.startsWith('g:task/c')),
    ).catch(() => {})
    log.length = 0
    await run()
    expect(log).toEqual(['do g/c', 'undo g/b:undo', 'undo g/a:undo'])
  })

  it('killed while it is undone, undoes that first, with the same key', async () => {
    const { log, state, run } = setup()
    await run(
      {},
      dyingAfter((text) => text.includes('g:task/a') && text.includes('undoing')),
    ).catch(() => {})
    expect(log.splice(0)).toEqual(['do g/a', 'do g/b', 'do g/c', 'undo g/b:undo'])
    state.cancels = false
    await expect(run({}, journal, { compensates: false })).rejects.toSatisfy(UndoneInPart.isInstance)
    expect(log).toEqual([])
    expect((await run()).state).toBe('success')
    expect(log).toEqual(['undo g/a:undo', 'do g/a:undone1', 'do g/b:undone1', 'do g/c'])
  })

  it('a hanging undo is left behind, and what it left is undone before the rest', async () => {
    const { log, state, run } = setup()
    const clock = fakeClock()
    const compensate = ({ id }: Task) => (id === 'b' ? new Promise<void>(() => {}) : undefined)
    const running = run({ compensate, clock, compensateTimeoutMs: 50, graceMs: 10 })
    await expect.poll(() => clock.pending).toBeGreaterThan(0)
    await expect
      .poll(async () => {
        await clock.advance(20)
        return (await journal.run('g'))?.state
      })
      .toBe('aborted')
    expect((await running).compensated.map(({ id, error }) => [id, error !== undefined])).toEqual([
      ['b', true],
      ['a', false],
    ])
    state.cancels = false
    log.length = 0
    await run()
    expect(log).toEqual(['undo g/b:undo', 'do g/a:undone1', 'do g/b:undone1', 'do g/c'])
  })

  it('whoever lost the run undoes nothing', async () => {
    const { log, run } = setup()
    // A process that slept until its lease was over.
    const slept = { ...journal, claim: (request: ClaimRequest) => journal.claim({ ...request, leaseMs: 0 }) }
    const taken: unknown[] = []
    const options: Partial<RunGraphOptions<Task, string>> = {
      compensateFailure: true,
      compensate: async () => {
        log.push('undone by a zombie')
      },
      onEvent: ({ type }) => {
        if (type === 'task-end') void journal.cancel('g').then((how) => taken.push(how))
      },
    }
    await run(options, slept).catch(() => {})
    expect(taken[0]).toBe('cancelled')
    expect(log.filter((one) => one.includes('zombie'))).toEqual([])
  })
})

describe('a recorded graph that changed', () => {
  it.each<[string, (task: Task) => Task]>([
    ['its data', (task) => ({ ...task, goal: 'another' }) as Task],
    ['its trigger', (task) => ({ ...task, trigger: 'all_done' })],
    ['its version', (task) => ({ ...task, version: '2' }) as Task],
    ['what it depends on', (task) => ({ ...task, dependsOn: ['new'] })],
  ])('is refused where a task that is done has changed %s', async (_, change) => {
    const { log, state, run } = setup()
    state.cancels = false
    await run()
    const changed = [...tasks.map((task) => (task.id === 'a' ? change(task) : task)), { id: 'new' }]
    log.length = 0
    await expect(run({}, journal, { list: changed })).rejects.toSatisfy(ReplayMismatch.isInstance)
    await expect(run({}, journal, { list: changed })).rejects.toThrow(
      'g:task/a is another than when it was done',
    )
    expect(log).toEqual([])
  })

  it('control: how a task is run may change, and what is not done', async () => {
    const { state, run } = setup()
    state.cancels = false
    await run()
    const changed = tasks.map((task) => ({ ...task, priority: 3, timeoutMs: 5_000, retry: { attempts: 2 } }))
    expect((await run({}, journal, { list: [...changed, { id: 'd', dependsOn: ['c'] }] })).state).toBe(
      'success',
    )
  })
})
