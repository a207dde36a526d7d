import { createAgent, InvalidArgument, type Plugin, tool } from '@ashlar/core'
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
    expect(await replayRun(journal, { runId: 'r', agent: sending })).toEqual({ same: true, differences: [] })
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
