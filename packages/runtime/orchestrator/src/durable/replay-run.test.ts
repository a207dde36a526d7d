import { createAgent, InvalidArgument, isObject, type LanguageModel, type Plugin, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ReplayMismatch } from './durable-errors.ts'
import { durableRuns } from './durable-runs.ts'
import type { Journal } from './journal.ts'
import { replayRun, type ReplayParts } from './replay-run.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let journal: Journal
let sent = 0
beforeEach(async () => {
  sent = 0
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

const send = tool({ description: 'Sends', input: { type: 'object' }, execute: () => `sent ${++sent}` })
const sending = (parts: ReplayParts) => createAgent({ ...parts, tools: { send } })
const script = [{ toolCalls: [{ callId: 'c', name: 'send', input: { to: 'Ann' } }] }, 'All sent.']

const record = async () => {
  const { plugin } = durableRuns(journal)
  return sending({ model: scriptedModel(script), plugins: [plugin] }).run('go', { runId: 'r' })
}
const everything = async () => JSON.stringify([await journal.runs(), await journal.steps('r')])

describe('replayRun', () => {
  it('gives the recorded result, byte for byte, without model, effects or writes', async () => {
    await record()
    const before = await everything()
    expect(await replayRun(journal, { runId: 'r', agent: sending })).toEqual({
      same: true,
      differences: [],
      changes: [],
    })
    expect(sent).toBe(1)
    expect(await everything()).toBe(before)
  })

  it('finds an agent that has changed: another question, another tool, more steps', async () => {
    await record()
    const other: Plugin = {
      name: 'other',
      setup: () => ({
        aroundTool: async (call, next) => {
          const outcome = await next(call)
          return outcome === 'pending' ? outcome : { ...outcome, output: 'changed' }
        },
      }),
    }
    const changed = (parts: ReplayParts) =>
      createAgent({ ...parts, tools: { send }, plugins: [other, ...parts.plugins] })
    await expect(replayRun(journal, { runId: 'r', agent: changed })).rejects.toSatisfy(
      ReplayMismatch.isInstance,
    )
    const without = (parts: ReplayParts) => createAgent(parts)
    await expect(replayRun(journal, { runId: 'r', agent: without })).rejects.toSatisfy(
      ReplayMismatch.isInstance,
    )
    const model = { provider: 'another', modelId: 'model' }
    await expect(replayRun(journal, { runId: 'r', agent: sending, model })).rejects.toSatisfy(
      ReplayMismatch.isInstance,
    )
    expect(sent).toBe(1)
  })

  const changesIn = async (make: (parts: ReplayParts) => ReturnType<typeof sending>) => {
    const { same, differences, changes } = await replayRun(journal, { runId: 'r', agent: make })
    expect(differences).toEqual([])
    expect(same).toBe(changes.length === 0)
    return changes
  }
  const asIf = (instructions: string, more: Partial<typeof send> = {}) => {
    const tools = {
      send: tool({ description: 'Sends', input: { type: 'object' }, execute: () => 'x', ...more }),
    }
    return (parts: ReplayParts) => createAgent({ ...parts, name: 'clerk', instructions, tools })
  }

  it('says what has changed of an agent beside its messages, each change once', async () => {
    const { plugin } = durableRuns(journal)
    const agent = asIf('Be brief.')({ model: scriptedModel(script), plugins: [plugin] })
    await agent.run('go', { runId: 'r' })
    expect(await changesIn(asIf('Be brief.'))).toEqual([])
    expect(await changesIn(asIf('Be long.'))).toEqual(['agent "clerk": the instructions changed'])
    expect(await changesIn(asIf('Be brief.', { description: 'Sends mail' }))).toEqual([
      'agent "clerk": the description of tool "send" changed',
    ])
    const input = { type: 'object', properties: { to: { type: 'string' } } } as const
    const added = (parts: ReplayParts) =>
      createAgent({
        ...parts,
        name: 'scribe',
        tools: {
          send: tool({ description: 'Sends', input, execute: () => 'x' }),
          find: tool({ description: 'Finds', input, execute: () => 'x' }),
        },
      })
    expect(await changesIn(added)).toEqual([
      'agent "clerk": it is "scribe" now',
      'agent "clerk": the instructions changed',
      'agent "clerk": the input schema of tool "send" changed',
      'agent "clerk": tool "find" was added',
    ])
  })

  it('names the model in place of the one that it ran with', async () => {
    await record()
    const model = { provider: 'another', modelId: 'model' }
    await expect(replayRun(journal, { runId: 'r', agent: sending, model })).rejects.toThrow(
      'Step r:model/1 is asked something else than when it was recorded; agent "agent": the model changed from scripted/scripted to another/model',
    )
  })

  it('finds the model that was asked, though another answered', async () => {
    const { plugin } = durableRuns(journal)
    const alias = scriptedModel(['Hello.'])
    const model: LanguageModel = { ...alias, provider: 'a', modelId: 'latest' }
    await createAgent({ model, plugins: [plugin] }).run('go', { runId: 'r' })
    expect(await replayRun(journal, { runId: 'r', agent: (parts) => createAgent(parts) })).toMatchObject({
      same: true,
    })
  })

  it('reads runs that were recorded without what the agent was', async () => {
    await record()
    const claim = await journal.claim({ runId: 'r', name: 'agent', version: '1', input: null, leaseMs: 100 })
    for (const step of claim.steps.values()) {
      if (!Array.isArray(step.value)) continue
      const value = step.value.filter((event) => !(isObject(event) && event['type'] === 'definition'))
      expect(value.length).toBe(step.value.length - (step.key === 'r:model/1' ? 1 : 0))
      await claim.write({ ...step, value })
    }
    const { result = null } = (await journal.run('r')) ?? {}
    await claim.end('done', result)
    expect(await changesIn(sending)).toEqual([])
    expect(await changesIn(asIf('Anything.'))).toEqual([])
  })

  it('says where a result differs', async () => {
    await record()
    const claim = await journal.claim({ runId: 'r', name: 'agent', version: '1', input: null, leaseMs: 100 })
    const { result } = (await journal.run('r')) ?? {}
    await claim.end('done', JSON.parse(JSON.stringify(result).replaceAll('All sent.', 'None sent.')))
    const { same, differences } = await replayRun(journal, { runId: 'r', agent: sending })
    expect(same).toBe(false)
    expect(differences.toSorted()).toEqual(['messages.3.content.0.text', 'text'])
  })

  it('refuses what is no run of an agent that ended', async () => {
    await expect(replayRun(journal, { runId: 'r', agent: sending })).rejects.toSatisfy(
      InvalidArgument.isInstance,
    )
    await (
      await journal.claim({ runId: 'r', name: 'a', version: '1', input: { tasks: [] }, leaseMs: 100 })
    ).end('done', {})
    await expect(replayRun(journal, { runId: 'r', agent: sending })).rejects.toSatisfy(
      InvalidArgument.isInstance,
    )
    await (
      await journal.claim({ runId: 'f', name: 'a', version: '1', input: { messages: [] }, leaseMs: 100 })
    ).end('failed', {})
    await expect(replayRun(journal, { runId: 'f', agent: sending })).rejects.toThrow('done or paused')
  })
})
