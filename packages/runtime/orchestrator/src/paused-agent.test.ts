import { approval, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgentExecutor } from './agent-executor.ts'
import { agentWork } from './agent-work.ts'
import { durableRuns } from './durable/durable-runs.ts'
import type { Claim, Journal } from './durable/journal.ts'
import { sqliteJournal } from './durable/sqlite-journal.ts'
import { type Plan, graphOf } from './plan.ts'
import { runGraph } from './run-graph.ts'
import { runPlan, type RunPlanOptions } from './run-plan.ts'

let journal: Journal
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

const plan: Plan = {
  goal: 'Tell them',
  tasks: [
    { id: 'ada', agentId: 'clerk', input: 'Write to Ada' },
    { id: 'bob', agentId: 'clerk', input: 'Write to Bob' },
    { id: 'sum', agentId: 'clerk', input: 'Sum up', dependsOn: ['ada', 'bob'] },
  ],
}

/** Agents that write letters, two each, and must ask before each; and how often a model was asked. */
const office = (on?: Journal) => {
  const sent: string[] = []
  const runs = on && durableRuns(on)
  const send = tool({
    description: 'Sends a letter',
    input: { type: 'object' },
    execute: (_, { idempotencyKey }) => {
      sent.push(idempotencyKey)
      return 'sent'
    },
  })
  const model = scriptedModel(({ messages }) => {
    const asked = JSON.stringify(messages[0])
    const turn = messages.filter(({ role }) => role === 'assistant').length
    // The same call id again and again, as some models give.
    const write = { toolCalls: [{ callId: 'c1', name: 'send', input: { turn } }] }
    if (asked.includes('Sum up')) return 'summed up'
    return asked.includes('Ada') && turn < 2 ? write : turn < 1 ? write : 'written'
  })
  const executor = createAgentExecutor({
    models: () => model,
    defaultModel: 'm',
    agents: { clerk: { tools: ['send'] } },
    tools: { send },
    plugins: () => [approval(), ...(runs ? [runs.plugin] : [])],
  })
  return { sent, model, executor, runs }
}

const runOn = async (on: Journal, options: RunPlanOptions = {}) => {
  const { sent, model, executor, runs } = office(on)
  const result = await runPlan(plan, executor, { ...(runs && { runs }), runId: 'p', ...options })
  return { result, sent, asked: model.requests.length }
}

/** The states of the tasks, by id. */
const statesOf = ({ outcomes }: { outcomes: ReadonlyMap<string, { id: string; state: string }> }): string =>
  [...outcomes.values()]
    .map(({ id, state }) => `${id} ${state}`)
    .toSorted()
    .join(', ')

describe('an agent in a plan that waits for an approval', () => {
  it('pauses the plan, which goes on in another process with that task alone', async () => {
    const first = await runOn(journal)
    expect(first.result.state).toBe('paused')
    expect(first.result.pending.map(({ id, name }) => `${id} ${name}`).toSorted()).toEqual([
      'ada/c1 send',
      'bob/c1 send',
    ])
    expect(statesOf(first.result)).toBe('ada paused, bob paused, sum pending')
    expect([first.sent, first.asked]).toEqual([[], 2])
    expect(await journal.run('p')).toMatchObject({
      state: 'paused',
      result: { ada: 'paused', pending: [{ callId: 'ada/c1', name: 'send' }, { callId: 'bob/c1' }] },
    })

    const second = await runOn(journal, { approvals: { 'bob/c1': true } })
    expect(statesOf(second.result)).toBe('ada paused, bob success, sum pending')
    // No model was asked anew for what waits.
    expect([second.sent, second.asked]).toEqual([['p/bob/1/c1'], 1])

    const third = await runOn(journal, { approvals: { 'ada/c1': true } })
    // It is another call, though its id is the same: that was not approved.
    expect(third.result.pending).toMatchObject([{ id: 'ada/c1', input: { turn: 1 } }])
    expect(third.sent).toEqual(['p/ada/1/c1'])

    const last = await runOn(journal, { approvals: { 'ada/c1': 'not twice' } })
    expect([last.result.state, last.sent]).toEqual(['success', []])
    expect(last.result.outcomes.get('sum')?.output?.output).toBe('summed up')
    expect(JSON.stringify(last.result.outcomes.get('ada')?.output?.messages)).toContain('not twice')
    expect((await journal.run('p'))?.state).toBe('done')
  })

  it('is approved still when the process ends before the effect', async () => {
    await runOn(journal)
    let isDead = false
    const mortal = (claim: Claim): Claim => ({
      ...claim,
      write: async (step) => {
        isDead ||= step.key.includes(':tool/')
        if (isDead) throw new Error('the process died')
        await claim.write(step)
      },
      end: async () => {
        throw new Error('the process died')
      },
    })
    const dying: Journal = {
      ...journal,
      claim: async (request) => mortal(await journal.claim({ ...request, leaseMs: 0 })),
    }
    await expect(runOn(dying, { approvals: { 'ada/c1': true } })).rejects.toThrow('the process died')
    const { result, sent } = await runOn(journal)
    expect(sent).toEqual(['p/ada/1/c1'])
    expect(result.pending.map(({ id, input }) => [id, input])).toEqual([
      ['bob/c1', { turn: 0 }],
      ['ada/c1', { turn: 1 }],
    ])
  })

  it('control: without an answer it waits again, and nothing happens', async () => {
    await runOn(journal)
    for (const id of ['nobody/c1', 'ada/c2', 'c1'])
      await expect(runOn(journal, { approvals: { [id]: true } })).rejects.toThrow(
        `approvals: expected what waits (ada/c1, bob/c1), received "${id}"`,
      )
    expect(await journal.run('p')).toMatchObject({ state: 'paused', result: { ada: 'paused' } })
    const { result, sent, asked } = await runOn(journal)
    expect([statesOf(result), sent, asked]).toEqual(['ada paused, bob paused, sum pending', [], 0])
  })

  it('goes on without a journal too, from the outcomes', async () => {
    const { sent, model, executor } = office()
    const graph = graphOf({ ...plan, tasks: plan.tasks.slice(1, 2) }, executor.config.agents)
    const paused = await runGraph(graph, agentWork(executor), { runId: 'g' }).result
    expect([paused.state, sent, model.requests.length]).toEqual(['paused', [], 1])
    const from = JSON.parse(JSON.stringify([...paused.outcomes.values()]))
    const done = await runGraph(graph, agentWork(executor), {
      runId: 'g',
      from,
      approvals: { 'bob/c1': true },
    }).result
    expect([done.state, sent, model.requests.length]).toEqual(['success', ['g/bob/1/c1'], 2])
  })
})
