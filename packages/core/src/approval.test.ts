import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import {
  type Agent,
  approval,
  createAgent,
  type Plugin,
  RunAborted,
  RunIncomplete,
  tool,
  userText,
} from './index.ts'

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
    const result = await agent.run(saved, { approvals: { c1: true, c3: 'not to b' } })
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
    const once = await agent.run(await agent.run('?', { runId: 'r' }), { approvals: { c1: true } })
    expect(once).toMatchObject({ reason: 'paused', pending: [{ callId: 'c3' }] })
    const twice = await agent.run(once, { approvals: { c1: true, c3: true } })
    expect(twice.reason).toBe('done')
    expect(runs).toEqual(['r/1/c1', 'r/1/c3'])
  })

  it('holds for the calls that waited, not for a later one that has the same id', async () => {
    const call = (to: string) => ({ toolCalls: [{ name: 'send', input: { to }, callId: 'c1' }] })
    runs = []
    const model = scriptedModel([call('a'), call('everyone'), 'finished'])
    const agent = createAgent({ model, tools: { send }, plugins: [approval()] })
    const paused = await agent.run('?', { runId: 'r' })
    const next = await agent.run(paused, { approvals: { c1: true } })
    expect(next).toMatchObject({ reason: 'paused', pending: [{ input: { to: 'everyone' } }] })
    expect(runs).toEqual(['r/1/c1'])
  })

  it('refuses an approval of a call there is not, naming those that are open', async () => {
    const agent = agentOf()
    const paused = await agent.run('?')
    const run = agent.run(paused, { approvals: { c1: true, send: true } })
    await expect(run).rejects.toThrow('approvals: expected ids of open calls (c1, c3), received "send"')
    await expect(agent.run('?', { approvals: { c1: true } })).rejects.toThrow('open calls (none)')
    expect(runs).toEqual([])
    expect(await agent.run(paused, { approvals: { c1: true } })).toMatchObject({ reason: 'paused' })
  })

  it('goes on under the same name: an effect that was made is not made again under another key', async () => {
    const agent = agentOf()
    const paused = await agent.run('?')
    const next = await agent.run(paused, { approvals: { c1: true } })
    expect([next.runId, runs]).toEqual([paused.runId, [`${paused.runId}/1/c1`]])
    // A new question is a new run, unless its caller says otherwise.
    const asked = { ...next, messages: [...next.messages, userText('and now?')] }
    expect(agent.run(asked).runId).not.toBe(paused.runId)
    expect(agent.run(asked, { runId: paused.runId }).runId).toBe(paused.runId)
    expect(agent.run(paused, { runId: 'other' }).runId).toBe('other')
    const { runId: _, ...unnamed } = paused
    expect(agent.run(unnamed).runId).not.toBe(paused.runId)
  })

  it('so does a run that was aborted, or ended without its output', async () => {
    const agent = agentOf()
    const aborted = async (): Promise<unknown> => {
      const run = agent.run('?', { runId: 'left' })
      for await (const { type } of run) if (type === 'tool-start') break
      return run.catch((error: unknown) => error)
    }
    const error = await aborted()
    if (!RunAborted.isInstance(error)) throw new Error('not aborted')
    expect(agent.run(error).runId).toBe('left')
    const output = { type: 'object' } as const
    const unfinished = await agentOf()
      .run('?', { runId: 'asked', output })
      .catch((thrown: unknown) => thrown)
    if (!RunIncomplete.isInstance(unfinished)) throw new Error('not incomplete')
    expect(agent.run(JSON.parse(JSON.stringify(unfinished))).runId).toBe('asked')
  })

  it('shows hooks what a denied call is answered with, and gives them nothing to run', async () => {
    const seen: unknown[] = []
    const redacting: Plugin = {
      name: 'redacting',
      setup: () => ({
        aroundTool: async (call, next) => {
          await Promise.resolve(call.tool.execute?.(call.input, call.context)).catch((error: unknown) =>
            seen.push(String(error)),
          )
          const outcome = await next(call)
          if (outcome === 'pending') return outcome
          return { ...outcome, output: outcome.output.replace('secret', '[redacted]') }
        },
      }),
    }
    const plugins = [redacting, approval()]
    const deny = async (reason: string): Promise<unknown> => {
      runs = []
      const agent = createAgent({ model: script(), tools: { send, look }, plugins })
      const paused = await agent.run('?')
      const { messages } = await agent.run(paused, { approvals: { c1: reason, c3: '' } })
      return messages[2]
    }
    const message = await deny('it is secret')
    expect(message).toMatchObject({
      content: [
        { callId: 'c2' },
        { callId: 'c1', output: 'The user denied this call: it is [redacted]', isError: true },
        { callId: 'c3', output: 'The user denied this call', isError: true },
      ],
    })
    // The hook itself ran what the first round gave it; of the second round, nothing.
    expect(seen).toEqual([
      'Error: The user denied this call: it is secret',
      'Error: The user denied this call',
    ])
    const insisting: Plugin = { name: 'insisting', setup: () => ({ aroundTool: async () => 'pending' }) }
    const agent = createAgent({ model: script(), tools: { send, look }, plugins: [insisting] })
    const denied = await agent.run(await agent.run('?'), { approvals: { c1: 'no', c2: 'no', c3: 'no' } })
    expect(denied.reason).toBe('done')
  })

  it('refuses options it does not know', () => {
    expect(() => Reflect.apply(approval, undefined, [{ wen: () => true }])).toThrow(
      'wen: expected one of when',
    )
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
