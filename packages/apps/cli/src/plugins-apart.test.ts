import {
  type Agent,
  type AgentEvent,
  approval,
  calledTool,
  createAgent,
  type Plugin,
  RunAborted,
  tool,
  userText,
} from '@ashlar/core'
import { createPriceBook } from '@ashlar/cost'
import { budget } from '@ashlar/cost/budget'
import { durable, sqliteJournal } from '@ashlar/orchestrator/durable'
import { handOff } from '@ashlar/orchestrator/patterns'
import { guardrails, injectionMarkers, maxSize, redaction } from '@ashlar/safety/guardrails'
import { permissions } from '@ashlar/safety/permissions'
import { scriptedModel } from '@ashlar/testing'
import { execPolicy } from '@ashlar/workspace/exec'
import { describe, expect, it } from 'vitest'

const stopping: Plugin = { name: 'stopping', setup: () => ({ stopWhen: calledTool('never') }) }

/** Every plugin that an agent of the command line may have. */
const everything = async (): Promise<Plugin[]> => [
  guardrails({ guardrails: [redaction(), injectionMarkers(), maxSize({ characters: 10_000 })] }),
  permissions({
    rules: [
      { tool: 'add', verdict: 'allow', why: 'it only adds' },
      { tool: 'ask', verdict: 'allow', why: 'it only asks' },
    ],
  }),
  approval({ when: ({ call }) => call.name === 'send' }),
  execPolicy(),
  stopping,
  handOff({ other: createAgent({ name: 'other', model: scriptedModel(() => 'I am the other.') }) }),
  budget({ usd: 1, prices: createPriceBook({ free: ['scripted'] }), maxOutputTokens: 1_000 }),
  durable(await sqliteJournal(':memory:')),
]

const input = { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } } as const
const add = tool({
  description: 'Adds',
  annotations: { readOnly: true },
  input,
  execute: ({ a = 0, b = 0 }) => a + b,
})
const called = (name: string, given: object, callId: string) => ({
  toolCalls: [{ name, input: given, callId }],
})

const eventsOf = async (run: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> => {
  const events: AgentEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

type Make = (
  script: Parameters<typeof scriptedModel>[0],
  tools?: Parameters<typeof createAgent>[0]['tools'],
) => Agent

/** What an agent does, whatever else it has: each throws when it does not. */
const suite: Readonly<Record<string, (make: Make) => Promise<void>>> = {
  'calls tools and answers': async (make) => {
    const agent = make([called('add', { a: 1, b: 2 }, 'c1'), 'It is 3.'], { add })
    const result = await agent.run('1 + 2?')
    expect(result).toMatchObject({ reason: 'done', text: 'It is 3.', steps: 2, pending: [] })
    expect(result.messages[2]).toMatchObject({ content: [{ callId: 'c1', output: '3' }] })
    expect(result.usage).toEqual({ inputTokens: 20, outputTokens: 10 })
  },
  'streams its events in order': async (make) => {
    const agent = make([called('add', { a: 1, b: 2 }, 'c1'), { text: 'It is 3.', deltaSize: 20 }], { add })
    const types = (await eventsOf(agent.run('1 + 2?'))).map(({ type }) => type)
    expect(types.join(' ')).toBe(
      'run-start step-start message step-end tool-start tool-end message ' +
        'step-start text-delta message step-end run-end',
    )
  },
  'goes on with the conversation': async (make) => {
    const agent = make((_, turn) => `answer ${turn}`)
    const { messages } = await agent.run('one?')
    expect((await agent.run({ messages: [...messages, userText('two?')] })).text).toBe('answer 2')
  },
  'waits for its caller, and goes on': async (make) => {
    const agent = make([called('choose', {}, 'c1'), 'Blue it is.'], {
      choose: tool({ description: 'Asks the user', annotations: { readOnly: true } }),
    })
    const paused = await agent.run('Which?')
    expect(paused).toMatchObject({ reason: 'paused', pending: [{ callId: 'c1' }] })
    const answer = { type: 'tool-result' as const, callId: 'c1', name: 'choose', output: 'blue' }
    const result = await agent.run({
      ...paused,
      messages: [...paused.messages, { role: 'tool', content: [answer] }],
    })
    expect(result).toMatchObject({ reason: 'done', text: 'Blue it is.', steps: 2 })
  },
  'gives typed answers': async (make) => {
    const output = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] } as const
    const run = make(['three', '{"sum":3}']).run('1 + 2?', { output })
    expect((await run).output).toEqual({ sum: 3 })
  },
  'runs agents in its tools': async (make) => {
    const below = make(['from below'])
    const ask = tool({
      description: 'Asks',
      annotations: { readOnly: true },
      execute: async (_, { run }) => (await below.run('?', { parent: run })).text,
    })
    const { messages } = await make([called('ask', {}, 'c1'), 'ok'], { ask }).run('?')
    expect(messages[2]).toMatchObject({ content: [{ output: 'from below' }] })
  },
  'ends when it is left': async (make) => {
    const run = make([{ text: 'a long answer', deltaSize: 2 }]).run('?')
    for await (const { type } of run) if (type === 'text-delta') break
    expect(RunAborted.isInstance(await run.catch((error: unknown) => error))).toBe(true)
  },
  'fails as its model does': async (make) => {
    const error = new Error('broken')
    await expect(make([{ error }]).run('?')).rejects.toThrow('broken')
  },
}

const failuresWith = async (plugins: readonly Plugin[]): Promise<string[]> => {
  const failures: string[] = []
  for (const [name, check] of Object.entries(suite)) {
    const make: Make = (script, tools = {}) => createAgent({ model: scriptedModel(script), tools, plugins })
    await check(make).catch((error: unknown) => failures.push(`${name}: ${String(error)}`))
  }
  return failures
}

describe('the suite of an agent', () => {
  it('passes with every plugin, with each taken out, with each alone, and with none', async () => {
    const all = await everything()
    expect(all.length).toBeGreaterThan(7)
    expect(await failuresWith(all)).toEqual([])
    expect(await failuresWith([])).toEqual([])
    for (const each of all) {
      expect([each.name, await failuresWith(all.filter((one) => one !== each))]).toEqual([each.name, []])
      expect([each.name, await failuresWith([each])]).toEqual([each.name, []])
    }
  })

  it('would fail for a plugin that another cannot do without, and for one that breaks a run', async () => {
    const marking: Plugin = {
      name: 'marking',
      setup: () => ({
        aroundModel: (call, next) => next({ ...call, request: { ...call.request, instructions: 'marked' } }),
      }),
    }
    const needing: Plugin = {
      name: 'needing',
      setup: () => ({
        aroundModel: (call, next) => {
          if (call.request.instructions !== 'marked') throw new Error('nobody marked it')
          return next(call)
        },
      }),
    }
    expect(await failuresWith([marking, needing])).toEqual([])
    expect(await failuresWith([needing])).toHaveLength(Object.keys(suite).length)
    const swallowing: Plugin = {
      name: 'swallowing',
      setup: () => ({ aroundTool: async () => ({ output: 'nothing' }) }),
    }
    expect(await failuresWith([swallowing])).toEqual(
      ['calls tools', 'waits', 'runs agents'].map((name) => expect.stringContaining(name)),
    )
  })
})
