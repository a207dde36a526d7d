import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { type Agent, approval, createAgent, tool } from './index.ts'

let runs: string[] = []
const send = tool({
  description: 'sends',
  input: { type: 'object', properties: { to: { type: 'string' } } },
  execute: ({ to }, { idempotencyKey }) => {
    runs.push(idempotencyKey)
    return `sent to ${to}`
  },
})
const look = tool({ description: 'looks', annotations: { readOnly: true }, execute: () => 'seen' })
const script = () =>
  scriptedModel([
    {
      toolCalls: [
        { name: 'send', input: { to: 'a' }, callId: 'c1' },
        { name: 'look', callId: 'c2' },
        { name: 'send', input: { to: 'b' }, callId: 'c3' },
      ],
    },
    'finished',
  ])
const agentOf = (): Agent => {
  runs = []
  return createAgent({ model: script(), tools: { send, look }, plugins: [approval()] })
}

describe('approval', () => {
  it('pauses before calls that change things, runs those that do not', async () => {
    const paused = await agentOf().run('?')
    expect(paused).toMatchObject({ reason: 'paused', text: '' })
    expect(paused.pending.map(({ callId }) => callId)).toEqual(['c1', 'c3'])
    expect(paused.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: [{ callId: 'c2', output: 'seen' }],
    })
    expect(runs).toEqual([])
  })

  it('goes on from the saved JSON with approvals and denials; the results of a turn are one message', async () => {
    const agent = agentOf()
    const saved = JSON.parse(JSON.stringify(await agent.run('?', { runId: 'r' })))
    const result = await agent.run(saved, { runId: 'r', approvals: { c1: true, c3: 'not to b' } })
    expect(result).toMatchObject({ reason: 'done', text: 'finished', steps: 2 })
    expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    expect(result.messages[2]).toMatchObject({
      content: [
        { callId: 'c2' },
        { callId: 'c1', output: 'sent to a' },
        { callId: 'c3', output: 'The user denied this call: not to b', isError: true },
      ],
    })
    expect(runs).toEqual(['r/1/c1'])
  })

  it('stays paused for what is still undecided, and never runs a call twice', async () => {
    const agent = agentOf()
    const once = await agent.run(await agent.run('?', { runId: 'r' }), {
      runId: 'r',
      approvals: { c1: true },
    })
    expect(once).toMatchObject({ reason: 'paused', pending: [{ callId: 'c3' }] })
    const twice = await agent.run(once, { runId: 'r', approvals: { c1: true, c3: true } })
    expect(twice.reason).toBe('done')
    expect(runs).toEqual(['r/1/c1', 'r/1/c3'])
  })

  it('holds for the calls that waited, not for a later one that has the same id', async () => {
    const call = (to: string) => ({ toolCalls: [{ name: 'send', input: { to }, callId: 'c1' }] })
    runs = []
    const model = scriptedModel([call('a'), call('everyone'), 'finished'])
    const agent = createAgent({ model, tools: { send }, plugins: [approval()] })
    const paused = await agent.run('?', { runId: 'r' })
    const next = await agent.run(paused, { runId: 'r', approvals: { c1: true, unknown: true } })
    expect(next).toMatchObject({ reason: 'paused', pending: [{ input: { to: 'everyone' } }] })
    expect(runs).toEqual(['r/1/c1'])
  })

  it('asks for what `when` says', async () => {
    const plugins = [approval({ when: ({ call }) => call.name === 'look' })]
    const paused = await createAgent({ model: script(), tools: { send, look }, plugins }).run('?')
    expect(paused.pending.map(({ name }) => name)).toEqual(['look'])
  })

  it('a tool without execute waits for the caller, who answers with a tool message', async () => {
    const ask = tool({ description: 'asks the user' })
    const model = scriptedModel([{ toolCalls: [{ name: 'ask', callId: 'c1' }] }, 'thanks'])
    const agent = createAgent({ model, tools: { ask } })
    const paused = await agent.run('?')
    expect(paused).toMatchObject({ reason: 'paused', pending: [{ name: 'ask' }] })
    const answer = { type: 'tool-result' as const, callId: 'c1', name: 'ask', output: 'blue' }
    const result = await agent.run({
      ...paused,
      messages: [...paused.messages, { role: 'tool', content: [answer] }],
    })
    expect(result.text).toBe('thanks')
  })
})
