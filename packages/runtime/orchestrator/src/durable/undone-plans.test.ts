import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineGraph, type Graph } from '../define-graph.ts'
import type { GraphEvent, GraphRun, TaskContext } from '../graph-run.ts'
import { type ReplanOptions, runReplanned, type RunReplannedOptions } from '../run-replanned.ts'
import type { Task } from '../task.ts'
import { UndoneInPart } from './durable-errors.ts'
import { durableRuns } from './durable-runs.ts'
import type { Claim, Journal } from './journal.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let journal: Journal
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

/** `x` is in the first plan alone, and succeeds; `b` fails. */
const first = defineGraph<Task>([{ id: 'a' }, { id: 'x', dependsOn: ['a'] }, { id: 'b', dependsOn: ['x'] }])
const second = defineGraph<Task>([
  { id: 'a' },
  { id: 'c', dependsOn: ['a'] },
  { id: 'last', dependsOn: ['c'] },
])

type Start = (options: RunReplannedOptions<Task, string>) => Promise<GraphRun<string>>
interface Given extends Partial<RunReplannedOptions<Task, string>> {
  /** What `last` does: waits until it is stopped, or fails. */
  readonly last?: 'waits' | 'fails'
}

const setup = () => {
  const log: string[] = []
  const events: string[] = []
  const stop = new AbortController()
  const workOf =
    (last: Given['last']) =>
    async ({ id }: Task, { idempotencyKey, signal }: TaskContext<string>): Promise<string> => {
      log.push(`do ${idempotencyKey}`)
      if (id === 'b' || (id === 'last' && last === 'fails')) throw new Error(`${id} failed`)
      if (id !== 'last') return id
      queueMicrotask(() => stop.abort('enough'))
      return new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason)
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    }
  const optionsOf = (given: Given): RunReplannedOptions<Task, string> & { runId: string } => {
    const { last: _, ...rest } = given
    return {
      runId: 'g',
      signal: stop.signal,
      replan: async () => second,
      compensate: (__, ___, { idempotencyKey }) => void log.push(`undo ${idempotencyKey}`),
      onEvent: (event: GraphEvent) => {
        if (event.type === 'task-compensated') events.push(event.id)
      },
      ...rest,
    }
  }
  const ways: Readonly<Record<string, (given: Given) => Start>> = {
    plainly: (given) => async (options) => runReplanned(first, workOf(given.last), options),
    recorded: (given) => (options) =>
      durableRuns(journal).runGraph(first, workOf(given.last), { runId: 'g', ...options }),
  }
  const run = async (way: string, given: Given = {}) => {
    const start = ways[way]
    if (!start) throw new Error(`no way ${way}`)
    return (await start(given)(optionsOf(given))).result
  }
  return { log, events, stop, run, workOf, optionsOf }
}

const undone = ['undo g/c:undo', 'undo g/x:undo', 'undo g/a:undo']
const undoneIn = (log: readonly string[]): string[] => log.filter((line) => line.startsWith('undo'))

describe.each(['plainly', 'recorded'])('a run of two plans, %s', (way) => {
  it('cancelled in the second, undoes what succeeded in either, last first', async () => {
    const { log, events, run } = setup()
    const { state, compensated } = await run(way)
    expect(state).toBe('cancelled')
    expect(undoneIn(log)).toEqual(undone)
    expect([compensated.map(({ id }) => id), events]).toEqual([
      ['c', 'x', 'a'],
      ['c', 'x', 'a'],
    ])
  })
  it('undoes the same when the second fails, if it is to', async () => {
    const { log, run } = setup()
    const { state } = await run(way, { last: 'fails', compensateFailure: true })
    expect(state).toBe('failed')
    expect(undoneIn(log)).toEqual(undone)
  })
  it('undoes the first when there is no second, if it is to', async () => {
    const { log, events, run } = setup()
    const { state, compensated } = await run(way, { compensateFailure: true, replan: async () => undefined })
    expect([state, compensated.map(({ id }) => id), events]).toEqual(['failed', ['x', 'a'], ['x', 'a']])
    expect(undoneIn(log)).toEqual(['undo g/x:undo', 'undo g/a:undo'])
  })
  it('undoes the first when planning throws, if it is to', async () => {
    const { log, run } = setup()
    const replan = () => Promise.reject(new Error('no plan'))
    await expect(run(way, { compensateFailure: true, replan })).rejects.toThrow('no plan')
    expect(undoneIn(log)).toEqual(['undo g/x:undo', 'undo g/a:undo'])
  })
  it('cancelled while it is planned by one that does not listen, ends and undoes the first', async () => {
    const { log, stop, run } = setup()
    const replan: ReplanOptions<Task, string>['replan'] = () => {
      stop.abort('enough')
      return new Promise<Graph>(() => {})
    }
    const { state, compensated } = await run(way, { replan })
    expect([state, compensated.map(({ id }) => id)]).toEqual(['cancelled', ['x', 'a']])
    expect(log).toEqual(['do g/a', 'do g/x', 'do g/b', 'undo g/x:undo', 'undo g/a:undo'])
  })
  it('control: undoes nothing where a failure stands', async () => {
    const { log, run } = setup()
    expect((await run(way, { last: 'fails' })).state).toBe('failed')
    expect(undoneIn(log)).toEqual([])
  })
})

/** A journal whose process ends after a write that fits. */
const dyingAfter = (fits: (text: string) => boolean): Journal => {
  let isDead = false
  const dead = () => Promise.reject(new Error('the process died'))
  const mortal = (claim: Claim): Claim => ({
    ...claim,
    write: async (step) => {
      if (isDead) return dead()
      await claim.write(step)
      isDead = fits(`${step.key} ${step.state} ${JSON.stringify(step.value)}`)
      return isDead ? dead() : undefined
    },
    end: dead,
  })
  return { ...journal, claim: async (request) => mortal(await journal.claim({ ...request, leaseMs: 0 })) }
}

describe('a recorded run of two plans whose process dies', () => {
  it.each<[string, string, string[]]>([
    ['once the second is recorded', 'g:plan/2', []],
    ['in the second', '"output":"c"', []],
    [
      'before the last of it is undone',
      'g:task/c started {"attempts":1,"output":"c","ended":3,"undoing"',
      [],
    ],
    ['while what only the first had is undone', 'g:task/x started {"attempts":0', ['c', 'x']],
    [
      'before the first of all is undone',
      'g:task/a started {"attempts":1,"output":"a","ended":1,"undoing"',
      ['c', 'x'],
    ],
  ])('%s: what takes it up to end it undoes each once', async (_, at, before) => {
    const { log, run, workOf, optionsOf } = setup()
    const died = await durableRuns(dyingAfter((text) => text.includes(at))).runGraph(
      first,
      workOf('waits'),
      optionsOf({}),
    )
    await died.result.catch(() => {})
    expect(undoneIn(log)).toEqual(before.map((id) => `undo g/${id}:undo`))
    const hasC = log.includes('do g/c')
    await expect(run('recorded', { signal: AbortSignal.abort() })).resolves.toMatchObject({
      state: 'cancelled',
    })
    const wanted = ['c', 'x', 'a'].filter((id) => id !== 'c' || hasC)
    expect(undoneIn(log)).toEqual(wanted.map((id) => `undo g/${id}:undo`))
    expect(log.filter((line) => line.startsWith('do '))).toEqual(
      [...new Set(log)].filter((l) => l.startsWith('do ')),
    )
    const { state, result } = (await journal.run('g')) ?? {}
    expect(state).toBe('aborted')
    const again = wanted.filter((id) => !before.includes(id))
    expect(result).toMatchObject(Object.fromEntries(again.map((id) => [id, 'cancelled'])))
  })
  it('half undone, goes on once that is undone, with what only the first plan had', async () => {
    const { log, run, workOf, optionsOf } = setup()
    const died = await durableRuns(
      dyingAfter((text) => text.startsWith('g:task/x') && text.includes('undoing')),
    ).runGraph(first, workOf('waits'), optionsOf({}))
    await died.result.catch(() => {})
    const options = { signal: new AbortController().signal, last: 'fails' } as const
    const { compensate: _, ...none } = optionsOf(options)
    await expect(durableRuns(journal).runGraph(first, workOf('fails'), none)).rejects.toSatisfy(
      UndoneInPart.isInstance,
    )
    log.length = 0
    expect((await run('recorded', options)).state).toBe('failed')
    expect(log).toEqual(['undo g/x:undo', 'do g/c:undone1', 'do g/last'])
  })
})
