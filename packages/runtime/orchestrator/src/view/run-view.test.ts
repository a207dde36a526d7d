import { tool, createAgent } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgentExecutor } from '../agent-executor.ts'
import { agentWork } from '../agent-work.ts'
import { defineGraph } from '../define-graph.ts'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Journal } from '../durable/journal.ts'
import { sqliteJournal } from '../durable/sqlite-journal.ts'
import { followRun, readRun } from './follow-run.ts'
import { viewRun } from './run-view.ts'

let journal: Journal
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

const claim = (runId: string, input: Parameters<Journal['claim']>[0]['input']) =>
  journal.claim({ runId, name: 'plan', version: '1', input, leaseMs: 10_000 })

const statesOf = async (runId: string, now = Date.now()) => {
  const record = await journal.run(runId)
  if (!record) throw new Error('no run')
  const { state, nodes } = viewRun({ record, steps: await journal.steps(runId), now })
  return [state, ...nodes.map((node) => `${node.id} ${node.state}`)]
}

describe('viewRun', () => {
  it('knows where each task stands, while it runs, when its process is gone, and at its end', async () => {
    const ids = ['waits', 'runs', 'retries', 'broke', 'done']
    const held = await claim('g', { tasks: ids.map((id) => ({ id })) })
    const write = (id: string, state: 'started' | 'done', value: object) =>
      held.write({ key: `g:task/${id}`, state, value: JSON.parse(JSON.stringify(value)) })
    const error = { message: 'no' }
    await write('runs', 'started', { attempts: 1 })
    await write('retries', 'started', { attempts: 1, error, retries: true })
    await write('broke', 'started', { attempts: 1, error, retries: false })
    await write('done', 'done', { attempts: 2, output: { any: 'value' } })
    expect(await statesOf('g')).toEqual([
      'running',
      'waits pending',
      'runs running',
      'retries retrying',
      'broke failed',
      'done done',
    ])
    expect(await statesOf('g', Date.now() + 60_000)).toEqual([
      'interrupted',
      'waits pending',
      'runs interrupted',
      'retries failed',
      'broke failed',
      'done done',
    ])
    await held.end('failed', {
      waits: 'upstream_failed',
      runs: 'cancelled',
      retries: 'failed',
      broke: 'failed',
      done: 'success',
    })
    expect(await statesOf('g')).toEqual([
      'failed',
      'waits upstream_failed',
      'runs cancelled',
      'retries failed',
      'broke failed',
      'done done',
    ])
    expect((await readRun(journal, 'g'))?.nodes.at(-1)).toMatchObject({
      attempts: 2,
      output: '{"any":"value"}',
    })
  })

  it('counts tokens and doubtful effects by the task they are in, whatever its id', async () => {
    const odd = ['a', 'a/b', 'a:model/1', 'ü %']
    const runs = durableRuns(journal)
    const executor = createAgentExecutor({
      models: () => scriptedModel(['ok']),
      defaultModel: 's/m',
      agents: { worker: {} },
      plugins: () => [runs.plugin],
    })
    const tasks = odd.map((id) => ({ id, agentId: 'worker', input: id }))
    await (
      await runs.runGraph(defineGraph(tasks), agentWork(executor), { runId: 'r' })
    ).result
    const view = await readRun(journal, 'r')
    expect(view?.modelCalls).toBe(4)
    const each = (view?.usage.inputTokens ?? 0) + (view?.usage.outputTokens ?? 0)
    expect(view?.nodes.map(({ tokens }) => tokens)).toEqual(odd.map(() => each / 4))
    const held = await claim('r2', { tasks: [{ id: 'a' }, { id: 'a/b' }] })
    await held.write({ key: 'r2/a/b:tool/1/c', state: 'unknown', value: { output: '?' } })
    expect((await readRun(journal, 'r2'))?.nodes.map(({ unknown }) => unknown)).toEqual([0, 1])
  })

  it('takes what is no graph for tasks side by side', async () => {
    await claim('x', { tasks: [{ id: 'a', dependsOn: ['b'] }, { id: 'b', dependsOn: ['a'] }, 7, { id: 3 }] })
    expect((await readRun(journal, 'x'))?.nodes.map(({ id, level }) => `${id} ${level}`)).toEqual([
      'a 0',
      'b 0',
    ])
  })

  it('masks keys in what tasks gave, and secrets by their name', async () => {
    const { plugin } = durableRuns(journal)
    const login = tool({
      description: 'x',
      input: { type: 'object' },
      execute: () => 'token sk-ant-api03-abcdefghijklmnop12345 \u001B]0;x\u0007',
    })
    const calls = { toolCalls: [{ callId: 'c', name: 'login', input: { user: 'ann' } }] }
    await createAgent({ model: scriptedModel([calls, 'in']), tools: { login }, plugins: [plugin] }).run(
      'go',
      { runId: 's' },
    )
    const text = JSON.stringify(await readRun(journal, 's'))
    expect(text).toContain('[redacted]')
    expect(text).not.toMatch(/abcdefghijklmnop|u001b|u0007/i)
  })
})

describe('followRun', () => {
  it('gives each change once, and ends with the run', async () => {
    const clock = fakeClock(Date.now())
    const held = await claim('f', { tasks: [{ id: 'a' }] })
    const states: unknown[] = []
    const following = (async () => {
      for await (const { state, nodes } of followRun(journal, 'f', { clock, intervalMs: 100 }))
        states.push([state, nodes[0]?.state])
    })()
    const pass = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      await clock.advance(100)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await pass()
    await held.write({ key: 'f:task/a', state: 'started', value: { attempts: 1 } })
    await pass()
    await pass()
    await held.write({ key: 'f:task/a', state: 'done', value: { attempts: 1, output: 'x' } })
    await held.end('done', { a: 'success' })
    await pass()
    await following
    expect(states).toEqual([
      ['running', 'pending'],
      ['running', 'running'],
      ['done', 'done'],
    ])
  })

  it('is left by its signal', async () => {
    await claim('f', { tasks: [] })
    const controller = new AbortController()
    const following = (async () => {
      for await (const view of followRun(journal, 'f', { signal: controller.signal }))
        if (view) controller.abort(new Error('enough'))
    })()
    await expect(following).rejects.toThrow('enough')
  })
})
