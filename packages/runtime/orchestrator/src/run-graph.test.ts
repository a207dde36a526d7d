import { InvalidArgument } from '@ashlar/core'
import { fakeClock, seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineGraph } from './define-graph.ts'
import { RunCancelled, TaskTimeout } from './graph-errors.ts'
import type { GraphEvent, RunGraphOptions } from './graph-run.ts'
import { runGraph } from './run-graph.ts'
import type { Task, TaskOutcome } from './task.ts'
import { randomTasks } from './testing/random-tasks.ts'

const later = (ticks: number): Promise<void> =>
  ticks > 0 ? Promise.resolve().then(() => later(ticks - 1)) : Promise.resolve()

const statesOf = (outcomes: ReadonlyMap<string, TaskOutcome>): Record<string, string> =>
  Object.fromEntries([...outcomes].map(([id, { state }]) => [id, state]))

/** What each task's end must be by the table of the trigger rules, computed on its own. */
const expectedStates = (tasks: readonly Task[], own: (id: string) => 'success' | 'failed' | 'skipped') => {
  const states = new Map<string, string>()
  const stateOf = (id: string): string => {
    const known = states.get(id)
    if (known) return known
    const { dependsOn = [], trigger = 'all_success' } = tasks.find((task) => task.id === id) ?? { id }
    const ends = dependsOn.map(stateOf)
    const failed = ends.some((end) => end === 'failed' || end === 'upstream_failed')
    const skipped = ends.includes('skipped')
    const passed =
      trigger === 'all_done' ||
      dependsOn.length === 0 ||
      (trigger === 'one_success' && ends.includes('success'))
        ? undefined
        : failed
          ? 'upstream_failed'
          : trigger !== 'none_failed' && skipped
            ? 'skipped'
            : undefined
    const state = passed ?? own(id)
    states.set(id, state)
    return state
  }
  return Object.fromEntries(tasks.map(({ id }) => [id, stateOf(id)]))
}

describe('runGraph on random graphs', () => {
  const plan = fc.record({
    tasks: randomTasks(),
    seed: fc.nat(),
    concurrency: fc.integer({ min: 1, max: 6 }),
    limit: fc.integer({ min: 1, max: 3 }),
  })

  it('runs each task at most once, in order, within the limits, by the trigger rules', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ tasks, seed, concurrency, limit }) => {
        const random = seededRandom(seed)
        const ends = new Map(
          tasks.map(
            ({ id }) => [id, random() < 0.2 ? 'failed' : random() < 0.2 ? 'skipped' : 'success'] as const,
          ),
        )
        const ended = new Set<string>()
        const started = new Set<string>()
        const running = { all: 0, a: 0, b: 0 }
        const onEvent = (event: GraphEvent): void =>
          void (event.type === 'task-end' && ended.add(event.outcome.id))
        const work = async (task: Task, { skip }: { skip: () => never }) => {
          expect(started.has(task.id)).toBe(false)
          started.add(task.id)
          if (task.trigger !== 'one_success')
            for (const from of task.dependsOn ?? []) expect(ended.has(from)).toBe(true)
          const keys = ['all', ...(task.key ? [task.key] : [])] as ('all' | 'a' | 'b')[]
          for (const key of keys)
            expect(++running[key]).toBeLessThanOrEqual(key === 'all' ? concurrency : limit)
          await later(Math.floor(random() * 5))
          for (const key of keys) running[key]--
          if (ends.get(task.id) === 'failed') throw new Error('no')
          return ends.get(task.id) === 'skipped' ? skip() : task.id
        }
        const { result } = runGraph(defineGraph(tasks), work, { concurrency, keyConcurrency: limit, onEvent })
        const { outcomes, state } = await result
        const expected = expectedStates(tasks, (id) => ends.get(id) ?? 'success')
        expect(statesOf(outcomes)).toEqual(expected)
        expect(state).toBe(
          Object.values(expected).some((end) => end.endsWith('failed')) ? 'failed' : 'success',
        )
        expect(ended.size).toBe(tasks.length)
      }),
    )
  })

  it('cancelled at any point, leaves nothing running and every task ended', async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.nat({ max: 80 }), async ({ tasks, seed, concurrency }, point) => {
        const random = seededRandom(seed)
        let running = 0
        let seen = 0
        const undone: string[] = []
        const controller = new AbortController()
        const run = runGraph(
          defineGraph(tasks),
          async (task, { signal }) => {
            running++
            for (let left = Math.floor(random() * 6); left > 0 && !signal.aborted; left--) await later(1)
            running--
            signal.throwIfAborted()
            return task.id
          },
          {
            concurrency,
            signal: controller.signal,
            compensate: ({ id }) => void undone.push(id),
            onEvent: () => {
              if (seen++ === point) controller.abort(new Error('enough'))
            },
          },
        )
        const { state, outcomes, compensated } = await run.result
        expect(running).toBe(0)
        expect(outcomes.size).toBe(tasks.length)
        const successes = [...outcomes.values()].filter((one) => one.state === 'success').map(({ id }) => id)
        if (state === 'cancelled') {
          expect(undone).toEqual(successes.toReversed())
          expect(compensated.map(({ id }) => id)).toEqual(undone)
        } else expect(undone).toEqual([])
        expect(run.counts()).toMatchObject({ running: 0, pending: 0 })
      }),
    )
  })
})

const chain: Task[] = [
  { id: 'a' },
  { id: 'b', dependsOn: ['a'] },
  { id: 'c', dependsOn: ['b'] },
  { id: 'other' },
]

describe('runGraph', () => {
  it('gives each task what its dependencies gave', async () => {
    const graph = defineGraph([
      { id: 'two', n: 2 },
      { id: 'three', n: 3 },
      { id: 'sum', n: 0, dependsOn: ['two', 'three'] },
    ])
    const { result } = runGraph<(typeof graph.tasks)[number], number>(
      graph,
      ({ n }, { inputs, upstream }) =>
        n + Object.values(inputs).reduce((a, b) => a + b, 0) + 100 * upstream.length,
    )
    expect((await result).outcomes.get('sum')).toMatchObject({ state: 'success', output: 205, attempts: 1 })
  })

  it('marks only what depends on a failure, and goes on from there', async () => {
    const ran: string[] = []
    let broken = true
    const work = ({ id }: Task): string => {
      ran.push(id)
      if (id === 'b' && broken) throw new Error('b broke')
      return id
    }
    const first = await runGraph(defineGraph(chain), work).result
    expect(first.state).toBe('failed')
    expect(statesOf(first.outcomes)).toEqual({
      a: 'success',
      other: 'success',
      b: 'failed',
      c: 'upstream_failed',
    })
    broken = false
    ran.length = 0
    const events: GraphEvent[] = []
    const second = await runGraph(defineGraph(chain), work, {
      from: first.outcomes.values(),
      onEvent: (event) => void events.push(event),
    }).result
    expect([second.state, ran]).toEqual(['success', ['b', 'c']])
    expect(events.filter((event) => event.type === 'task-end' && event.replayed)).toHaveLength(2)
  })

  it('tries again with backoff, not what says that it is in vain', async () => {
    const clock = fakeClock()
    const random = () => 0.5
    let tries = 0
    const work = ({ id }: Task, { attempt }: { attempt: number }): string => {
      tries++
      if (id === 'vain') throw Object.assign(new Error('never'), { retryable: false })
      if (attempt < 3) throw new Error('not yet')
      return 'ok'
    }
    const delays: number[] = []
    const { result } = runGraph(defineGraph([{ id: 'later' }, { id: 'vain' }]), work, {
      clock,
      random,
      retry: { attempts: 4, baseMs: 100 },
      onEvent: (event) => void (event.type === 'task-retry' && delays.push(event.delayMs)),
    })
    await clock.advance(1_000)
    const { outcomes } = await result
    expect(delays).toEqual([50, 100])
    expect(tries).toBe(4)
    expect(outcomes.get('later')).toMatchObject({ state: 'success', attempts: 3 })
    expect(outcomes.get('vain')).toMatchObject({ state: 'failed', attempts: 1 })
  })

  it('a task that waits for its next try holds no place', async () => {
    const clock = fakeClock()
    const order: string[] = []
    const { result } = runGraph(
      defineGraph([{ id: 'flaky', retry: { attempts: 2, baseMs: 1_000 } }, { id: 'next' }]),
      ({ id }, { attempt }) => {
        order.push(`${id} ${attempt}`)
        if (id === 'flaky' && attempt === 1) throw new Error('once')
      },
      { concurrency: 1, clock, random: () => 0.9 },
    )
    await clock.advance(2_000)
    await result
    expect(order).toEqual(['flaky 1', 'next 1', 'flaky 2'])
  })

  it('ends a try at its timeout, heard or not', async () => {
    const clock = fakeClock()
    const heard: unknown[] = []
    const { result } = runGraph(
      defineGraph([
        { id: 'deaf', timeoutMs: 100 },
        { id: 'good', timeoutMs: 200 },
      ]),
      ({ id }, { signal }) => {
        const { promise, reject } = Promise.withResolvers<never>()
        const listen = (): void => {
          heard.push(signal.reason)
          reject(signal.reason)
        }
        if (id === 'good') signal.addEventListener('abort', listen)
        return promise
      },
      { clock, graceMs: 50 },
    )
    await clock.advance(1_000)
    const { outcomes, durationMs } = await result
    expect(outcomes.get('deaf')?.error).toEqual(new TaskTimeout('deaf', 100))
    expect(outcomes.get('good')?.error).toEqual(new TaskTimeout('good', 200))
    expect(heard).toEqual([new TaskTimeout('good', 200)])
    expect(durationMs).toBe(200)
  })

  it('cancels work that does not listen after the grace, and keeps what it had done', async () => {
    const clock = fakeClock()
    const undone: string[] = []
    const run = runGraph(defineGraph(chain), ({ id }) => (id === 'b' ? new Promise<string>(() => {}) : id), {
      clock,
      compensate: ({ id }) => void undone.push(id),
    })
    await clock.advance(1)
    expect(run.counts()).toMatchObject({ running: 1, pending: 1, success: 2 })
    run.cancel('changed my mind')
    await clock.advance(999)
    expect(run.stateOf('b')).toBe('running')
    await clock.advance(1)
    const { state, outcomes } = await run.result
    expect(state).toBe('cancelled')
    expect(statesOf(outcomes)).toEqual({ a: 'success', other: 'success', b: 'cancelled', c: 'cancelled' })
    expect(outcomes.get('c')?.error).toSatisfy(RunCancelled.isInstance)
    expect(undone).toEqual(['other', 'a'])
  })

  it('cancels one task, and what needs it', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const run = runGraph(defineGraph(chain), ({ id }) => (id === 'a' ? promise : id))
    run.cancel('not this one', 'b')
    run.cancel('unknown', 'nobody')
    resolve('a')
    expect(statesOf((await run.result).outcomes)).toEqual({
      a: 'success',
      other: 'success',
      b: 'cancelled',
      c: 'upstream_failed',
    })
  })

  it('pauses and resumes', async () => {
    const events: string[] = []
    const run = runGraph(defineGraph(chain), ({ id }) => id, {
      onEvent: (event) => void events.push(event.type === 'task-end' ? event.outcome.id : event.type),
    })
    run.pause()
    await later(50)
    expect(run.counts()).toMatchObject({ success: 2, running: 0, pending: 2 })
    run.resume()
    expect((await run.result).state).toBe('success')
    expect(events.filter((type) => !type.startsWith('task')).join(' ')).toBe(
      'graph-start graph-pause a other graph-resume b c graph-end',
    )
  })

  it('can be cancelled while paused', async () => {
    const run = runGraph(defineGraph(chain), ({ id }) => id)
    run.pause()
    run.cancel()
    expect((await run.result).state).toBe('cancelled')
  })

  it('starts the highest priority first', async () => {
    const order: string[] = []
    const tasks = [{ id: 'low' }, { id: 'high', priority: 5 }, { id: 'also high', priority: 5 }]
    await runGraph(defineGraph(tasks), ({ id }) => void order.push(id), { concurrency: 1 }).result
    expect(order).toEqual(['high', 'also high', 'low'])
  })

  it('ends by what its listener throws', async () => {
    const run = runGraph(defineGraph(chain), ({ id }) => id, {
      onEvent: ({ type }) => {
        if (type === 'task-end') throw new Error('bad listener')
      },
    })
    await expect(run.result).rejects.toThrow('bad listener')
  })

  it('compensates a failure when asked, and keeps what that throws', async () => {
    const options: RunGraphOptions<Task, string> = {
      compensateFailure: true,
      compensate: ({ id }) => {
        if (id === 'a') throw new Error('too late')
      },
    }
    const work = ({ id }: Task): string => {
      if (id === 'b') throw new Error('b broke')
      return id
    }
    const { compensated } = await runGraph(defineGraph(chain), work, options).result
    expect(compensated).toEqual([{ id: 'other' }, { id: 'a', error: new Error('too late') }])
  })

  it('runs nothing of an empty graph, and nothing once aborted', async () => {
    expect((await runGraph(defineGraph([]), () => 1).result).state).toBe('success')
    let ran = 0
    const { result } = runGraph(defineGraph(chain), () => void ran++, { signal: AbortSignal.abort() })
    expect([(await result).state, ran]).toEqual(['cancelled', 0])
  })

  it.each<[RunGraphOptions & { conurrency?: number }, string]>([
    [{ concurrency: 0 }, 'concurrency'],
    [{ retry: { attempts: 0 } }, 'retry.attempts'],
    [{ keyConcurrency: { a: -1 } }, 'keyConcurrency.a'],
    [{ graceMs: Number.NaN }, 'graceMs'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ conurrency: 2 }, 'conurrency'],
  ])('refuses %j', (options, name) => {
    expect(() => runGraph(defineGraph([]), () => 1, options)).toThrow(InvalidArgument)
    expect(() => runGraph(defineGraph([]), () => 1, options)).toThrow(name)
  })
})
