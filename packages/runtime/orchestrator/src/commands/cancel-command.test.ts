import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo, type CaptureIoOptions } from '@ashlar/command/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runsCommand } from '../cli.ts'
import { defineGraph } from '../define-graph.ts'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Claim, Journal } from '../durable/journal.ts'
import { sqliteJournal } from '../durable/sqlite-journal.ts'
import type { RunGraphOptions } from '../graph-run.ts'
import { embedded } from '../runs/embedded.ts'
import { graphDefinition } from '../runs/graph-definition.ts'
import { openRuns } from '../runs/open-runs.ts'
import { TaskPaused } from '../task-paused.ts'
import type { Task } from '../task.ts'

let cwd = ''
let journal: Journal
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-cancel-'))
  journal = await sqliteJournal(join(cwd, 'runs.db'))
})
afterEach(async () => {
  await journal.close()
  await rm(cwd, { recursive: true })
})

const runs = (words: readonly string[], options: CaptureIoOptions = {}) => {
  const io = captureIo({ cwd, ...options })
  const code = runsCommand.run([...words, '--journal', 'runs.db'], io)
  return { io, ended: code.then((exit) => ({ code: exit, out: io.out(), err: io.err() })) }
}
const cancel = (...more: string[]) => runs(['cancel', 'g', ...more]).ended

const graph = defineGraph<Task>([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }])

/** A run whose `b` waits to be stopped. */
const start = async (options: Partial<RunGraphOptions<Task, string>> = {}) => {
  const run = await durableRuns(journal, { leaseMs: 1_500 }).runGraph<Task, string>(
    graph,
    ({ id }, { signal }) =>
      id === 'a'
        ? id
        : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { runId: 'g', graceMs: 10, ...options },
  )
  await expect.poll(() => run.stateOf('b')).toBe('running')
  return run
}

/** A run that somebody holds who does not answer. */
const hold = (leaseMs: number): Promise<Claim> =>
  journal.claim({ runId: 'g', name: 'graph', version: '1', input: { tasks: [] }, leaseMs })

describe('ashlar runs cancel', () => {
  it('says as JSON what was undone', async () => {
    const run = await start({ compensate: () => {} })
    const { code, out } = await cancel('--json')
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { runId: 'g', state: 'aborted', by: 'holder', undone: ['a'], done: [], undoing: [] },
    ])
    await run.result
  })

  it('says what its code does not undo, and what could not be undone', async () => {
    const first = await start()
    expect(await cancel()).toEqual({
      code: 0,
      out: 'Cancelled g\n',
      err: 'What its code does not undo stays done: a\n',
    })
    await first.result
    const compensate = () => {
      throw new Error('not today')
    }
    const second = await start({ compensate })
    expect(await cancel()).toEqual({
      code: 1,
      out: 'Cancelled g\n',
      err: 'Not undone, or only in part: a\n',
    })
    await second.result
  })

  it('tells only of what it undid itself', async () => {
    const first = await start({ compensate: () => {} })
    expect((await cancel()).out).toBe('Cancelled g; undone: a\n')
    await first.result
    const claim = await hold(10_000)
    const again = cancel()
    await expect.poll(async () => (await claim.renew()).cancelAsked).toBe(true)
    await claim.end('aborted')
    expect(await again).toEqual({ code: 0, out: 'Cancelled g\n', err: '' })
  })

  it('waits as long as it is told to, and shows a person that it does', async () => {
    await hold(10_000)
    const { code, out, err } = await cancel('--wait', '0')
    expect([code, out]).toEqual([3, ''])
    expect(err).toBe('g was asked to end and has not yet; the request stands: ashlar runs watch g\n')
    const person = await runs(['cancel', 'g', '--wait', '0.3'], { isTTY: true }).ended
    expect(person.err).toContain('\r\u001B[KAsked its process to end it, 0 s ago')
    expect((await journal.run('g'))?.cancelAsked).toBe(true)
    expect((await runs(['list']).ended).out).toContain('cancelling')
    expect((await runs(['show', 'g']).ended).out).toMatch(/state +cancelling/)
    for (const wait of ['-1', 'soon', '']) expect((await cancel('--wait', wait)).code).toBe(2)
  })

  it('is left by Ctrl-C, and the request stands', async () => {
    await hold(10_000)
    const controller = new AbortController()
    const left = runs(['cancel', 'g'], { signal: controller.signal }).ended
    await expect.poll(async () => (await journal.run('g'))?.cancelAsked).toBe(true)
    controller.abort(new Error('Ctrl-C'))
    expect(await left).toEqual({ code: 130, out: '', err: 'g was asked to end; the request stands\n' })
    expect((await journal.run('g'))?.cancelAsked).toBe(true)
  })

  it('says so when the run ended before it heard', async () => {
    const claim = await hold(10_000)
    const late = cancel()
    await expect.poll(async () => (await claim.renew()).cancelAsked).toBe(true)
    await claim.end('done')
    expect(await late).toEqual({ code: 1, out: '', err: 'g was asked too late: it is done\n' })
    expect(await cancel()).toEqual({ code: 1, out: '', err: 'Nothing to cancel: g is done\n' })
  })

  it('ends a run that waits, as it stands', async () => {
    const claim = await hold(10_000)
    await claim.write({ key: 'g:task/a', state: 'done', value: { attempts: 1, output: 1, ended: 1 } })
    await claim.end('paused')
    const { code, out, err } = await cancel()
    expect([code, out]).toEqual([0, 'Cancelled g\n'])
    expect(err).toMatch(/^Nothing was undone, as no process has its code \(done: a\)/)
  })

  it('leaves a run that waits to a worker that has its code, which undoes it', async () => {
    const undone: string[] = []
    const workers = await openRuns({
      engine: embedded(join(cwd, 'runs.db'), { pollMs: 20 }),
      graphs: {
        shop: graphDefinition<Task, string>({
          work: () => (task) => {
            if (task.id === 'b') throw new TaskPaused([{ callId: '1', name: 'pay', input: {} }], '')
            return task.id
          },
          compensate: ({ id }) => void undone.push(id),
        }),
      },
    })
    try {
      await workers.startGraph('shop', graph.tasks, { runId: 'g' })
      expect((await workers.result('g')).state).toBe('paused')
      expect(await cancel()).toEqual({ code: 0, out: 'Cancelled g; undone: a\n', err: '' })
      expect(undone).toEqual(['a'])
    } finally {
      await workers.close()
    }
  })
})
