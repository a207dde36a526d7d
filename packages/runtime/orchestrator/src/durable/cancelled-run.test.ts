import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, tool, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgentExecutor } from '../agent-executor.ts'
import { agentWork } from '../agent-work.ts'
import { defineGraph } from '../define-graph.ts'
import { RunCancelled } from '../graph-errors.ts'
import type { TaskContext } from '../graph-run.ts'
import { TaskPaused } from '../task-paused.ts'
import type { Task } from '../task.ts'
import { readRun } from '../view/follow-run.ts'
import { LeaseLost, RunLeased, UndoneInPart } from './durable-errors.ts'
import { durableRuns } from './durable-runs.ts'
import type { ClaimRequest, Journal } from './journal.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let folder = ''
let journal: Journal
/** The same records, as another process has them. */
let elsewhere: Journal
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-cancel-'))
  journal = await sqliteJournal(join(folder, 'runs.db'))
  elsewhere = await sqliteJournal(join(folder, 'runs.db'))
})
afterEach(async () => {
  await journal.close()
  await elsewhere.close()
  await rm(folder, { recursive: true })
})

const messages = [userText('go')]
const graph = defineGraph<Task>([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }, { id: 'c', dependsOn: ['b'] }])

/** What was thrown, without what was put around it. */
const causeOf = async (work: PromiseLike<unknown>): Promise<unknown> => {
  try {
    return await work
  } catch (error) {
    return error instanceof Error && error.cause !== undefined && !RunCancelled.isInstance(error)
      ? error.cause
      : error
  }
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** Work whose `c` waits to be stopped. */
const setup = () => {
  const log: string[] = []
  const reasons: unknown[] = []
  const work = async ({ id }: Task, { idempotencyKey, signal }: TaskContext<string>): Promise<string> => {
    log.push(`do ${idempotencyKey}`)
    if (id !== 'c') return id
    signal.addEventListener('abort', () => reasons.push(signal.reason))
    return untilAborted(signal)
  }
  const begun = (line = 'do g/c') => expect.poll(() => log).toContain(line)
  return { log, reasons, work, begun }
}

/** A process that dies once its run was asked to end: its lease is over at once, and it hears of nothing. */
const dying = (on: Journal): Journal => ({
  ...on,
  claim: async (request: ClaimRequest) => {
    const claim = await on.claim({ ...request, leaseMs: 1_500 })
    const dead = () => Promise.reject(new Error('the process died'))
    let isDead = false
    return {
      ...claim,
      renew: async () => {
        isDead ||= (await on.run(request.runId))?.cancelAsked === true
        return isDead ? dead() : claim.renew()
      },
      write: async (step) => (isDead ? dead() : claim.write(step)),
      end: async (...how) => (isDead ? dead() : claim.end(...how)),
    }
  },
})

describe('a graph that is cancelled from elsewhere', () => {
  it('is undone while it is held, and longer than its lease', async () => {
    const { log, reasons, work, begun } = setup()
    const run = await durableRuns(journal, { leaseMs: 1_000 }).runGraph(graph, work, {
      runId: 'g',
      compensate: async (_, __, { idempotencyKey }) => {
        log.push(`undo ${idempotencyKey}`)
        await sleep(700)
      },
    })
    await begun()
    expect(await elsewhere.cancel('g')).toBe('asked')
    await begun('undo g/b:undo')
    expect((await readRun(elsewhere, 'g'))?.state).toBe('cancelling')
    await sleep(200)
    const taking = durableRuns(elsewhere).runGraph(graph, work, { runId: 'g' })
    await expect(taking).rejects.toSatisfy(RunLeased.isInstance)
    const { state, compensated } = await run.result
    expect([state, compensated.map(({ id }) => id)]).toEqual(['cancelled', ['b', 'a']])
    expect(log).toEqual(['do g/a', 'do g/b', 'do g/c', 'undo g/b:undo', 'undo g/a:undo'])
    expect(reasons.map((reason) => [RunCancelled.isInstance(reason), LeaseLost.isInstance(reason)])).toEqual([
      [true, false],
    ])
    expect(String(reasons[0])).toMatch(/The run was cancelled: it was asked for elsewhere$/)
    expect(await elsewhere.run('g')).toMatchObject({
      state: 'aborted',
      result: { a: 'cancelled', b: 'cancelled', c: 'cancelled' },
    })
    expect((await readRun(elsewhere, 'g'))?.nodes.map(({ state: shown }) => shown)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ])
  })

  it('stops the agents of its tasks and their tools', async () => {
    const stopped: string[] = []
    const wait = tool({
      description: 'Waits',
      input: { type: 'object' },
      execute: async (_, { signal, run }) => {
        signal.addEventListener('abort', () => stopped.push(run.runId))
        return untilAborted(signal)
      },
    })
    const runs = durableRuns(journal, { leaseMs: 1_500 })
    const executor = createAgentExecutor({
      models: () => scriptedModel([{ toolCalls: [{ callId: 'w', name: 'wait', input: {} }] }]),
      defaultModel: 'scripted/model',
      agents: { worker: { tools: ['wait'] } },
      tools: { wait },
      plugins: () => [runs.plugin],
    })
    const tasks = defineGraph([{ id: 't', agentId: 'worker', input: 'go' }])
    const run = await runs.runGraph(tasks, agentWork(executor), { runId: 'g' })
    await expect.poll(async () => (await journal.steps('g')).map(({ key }) => key)).toContain('g/t:tool/1/w')
    await elsewhere.cancel('g')
    expect((await run.result).state).toBe('cancelled')
    expect(stopped).toEqual(['g/t'])
    expect((await journal.run('g'))?.state).toBe('aborted')
    // Nobody knows what became of the call: it is not told to the model as a failure.
    expect((await journal.steps('g')).find(({ key }) => key === 'g/t:tool/1/w')?.state).toBe('started')
  })

  it('taken up after its holder died, starts nothing and is undone', async () => {
    const { log, work, begun } = setup()
    const compensate = (_: Task, __: unknown, { idempotencyKey }: { idempotencyKey: string }): void =>
      void log.push(`undo ${idempotencyKey}`)
    void durableRuns(dying(journal)).runGraph(graph, work, { runId: 'g' })
    await begun()
    await elsewhere.cancel('g')
    log.length = 0
    const runs = durableRuns(elsewhere)
    await expect
      .poll(() => runs.runGraph(graph, work, { runId: 'g', compensate }).then(({ result }) => result), {
        timeout: 10_000,
      })
      .toMatchObject({ state: 'cancelled', compensated: [{ id: 'b' }, { id: 'a' }] })
    expect(log).toEqual(['undo g/b:undo', 'undo g/a:undo'])
    expect((await elsewhere.run('g'))?.state).toBe('aborted')
    // Gone on with, it is not cancelled again.
    log.length = 0
    const again = await runs.runGraph(graph, ({ id }) => id, { runId: 'g' })
    expect((await again.result).state).toBe('success')
  })

  it('what could not be undone is told, and the rest is undone', async () => {
    const { log, work, begun } = setup()
    const compensate = ({ id }: Task): void => {
      log.push(`undo ${id}`)
      if (id === 'b') throw new Error('not today')
    }
    const run = await durableRuns(journal, { leaseMs: 1_500 }).runGraph(graph, work, {
      runId: 'g',
      compensate,
    })
    await begun()
    await elsewhere.cancel('g')
    expect((await run.result).compensated.map(({ id, error }) => [id, error !== undefined])).toEqual([
      ['b', true],
      ['a', false],
    ])
    expect(await elsewhere.run('g')).toMatchObject({
      state: 'aborted',
      unknown: 1,
      result: { a: 'cancelled', b: 'success' },
    })
    const begin = () => durableRuns(elsewhere).runGraph(graph, ({ id }) => id, { runId: 'g' })
    await expect(begin()).rejects.toSatisfy(UndoneInPart.isInstance)
  })
})

describe('a graph that pauses just when it is cancelled', () => {
  it('is undone, and waits for nobody', async () => {
    const undone: string[] = []
    const replan = async () => undefined
    const run = await durableRuns(journal).runGraph<Task, string>(
      graph,
      async ({ id }) => {
        if (id !== 'c') return id
        await elsewhere.cancel('g')
        throw new TaskPaused([{ callId: 'x', name: 'ask', input: {} }], 'half')
      },
      { runId: 'g', replan, compensate: ({ id }) => void undone.push(id) },
    )
    expect((await run.result).state).toBe('cancelled')
    expect(undone).toEqual(['b', 'a'])
    expect(await elsewhere.run('g')).toMatchObject({ state: 'aborted', result: { a: 'cancelled' } })
  })
})

describe('the run of an agent that is cancelled from elsewhere', () => {
  const setupAgent = (on: Journal, leaseMs = 1_500) => {
    const asked: number[] = []
    const calls: string[] = []
    const wait = tool({
      description: 'Waits',
      input: { type: 'object' },
      execute: async (_, { signal, callId }) => {
        calls.push(callId)
        return untilAborted(signal)
      },
    })
    const model = scriptedModel(({ messages: { length } }) => {
      asked.push(length)
      return length === 1 ? { toolCalls: [{ callId: 'w', name: 'wait', input: {} }] } : 'done'
    })
    const runs = durableRuns(on, { leaseMs })
    return { asked, calls, runs, agent: createAgent({ model, tools: { wait }, plugins: [runs.plugin] }) }
  }
  const called = () =>
    expect.poll(async () => (await journal.steps('r')).map(({ key }) => key)).toContain('r:tool/1/w')

  it('ends as aborted, with an error that says so, and can be gone on with', async () => {
    const { agent } = setupAgent(journal)
    const running = causeOf(agent.run({ messages }, { runId: 'r' }))
    await called()
    await elsewhere.cancel('r')
    expect(await running).toSatisfy(RunCancelled.isInstance)
    expect(await elsewhere.run('r')).toMatchObject({
      state: 'aborted',
      result: { code: 'run-cancelled', message: 'The run was cancelled: it was asked for elsewhere' },
    })
    const next = setupAgent(elsewhere)
    expect((await next.runs.resume(next.agent, 'r')).text).toBe('done')
    expect([next.asked, next.calls]).toEqual([[3], []])
  })

  it('so does one that was resumed', async () => {
    const first = setupAgent(journal)
    for await (const { type } of first.agent.run({ messages }, { runId: 'r' }))
      if (type === 'step-start') break
    const { agent, runs } = setupAgent(journal)
    const running = causeOf(runs.resume(agent, 'r'))
    await called()
    await elsewhere.cancel('r')
    expect(await running).toSatisfy(RunCancelled.isInstance)
    expect((await elsewhere.run('r'))?.state).toBe('aborted')
  })

  it('taken up after its holder died, asks no model and calls no tool', async () => {
    const { agent } = setupAgent(dying(journal))
    agent.run({ messages }, { runId: 'r' }).then(undefined, () => {})
    await called()
    await elsewhere.cancel('r')
    const next = setupAgent(elsewhere)
    await expect
      .poll(() => causeOf(next.agent.run({ messages }, { runId: 'r' })), { timeout: 10_000 })
      .toSatisfy(RunCancelled.isInstance)
    expect([next.asked, next.calls]).toEqual([[], []])
    expect((await elsewhere.run('r'))?.state).toBe('aborted')
  })
})
