import {
  type Agent,
  createAgent,
  InvalidArgument,
  type Message,
  type Plugin,
  RunAborted,
  userText,
} from '@ashlar/core'
import { scriptedModel, type ScriptedTurn } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { durable, sqliteJournal } from '../durable/index.ts'
import { handOff } from './hand-off.ts'

const giving = (to: string, reason?: string): ScriptedTurn => ({
  text: 'One moment.',
  toolCalls: [{ name: 'handOff', input: { to, ...(reason && { reason }) } }],
})

const outputsOf = (messages: readonly Message[]): string[] =>
  messages.flatMap((message) => (message.role === 'tool' ? message.content.map(({ output }) => output) : []))

const agentOf = (name: string, turns: readonly ScriptedTurn[], plugins: readonly Plugin[] = []): Agent =>
  createAgent({ name, description: `knows ${name}`, model: scriptedModel(turns), plugins })

describe('handOff', () => {
  it('gives the conversation to another, who goes on in the same run', async () => {
    const ids: string[] = []
    const spy: Plugin = { name: 'spy', setup: ({ runId }) => (ids.push(runId), {}) }
    const billing = agentOf('billing', ['You owe 3.'], [spy])
    const model = scriptedModel([giving('billing', 'It is about May.')])
    const triage = createAgent({ model, plugins: [handOff({ billing, support: agentOf('support', []) })] })
    const result = await triage.run('What do I owe?', { runId: 'talk' })
    expect(result).toMatchObject({
      runId: 'talk',
      reason: 'done',
      text: 'You owe 3.',
      steps: 2,
      usage: { inputTokens: 20, outputTokens: 10 },
    })
    expect(ids).toEqual(['talk/hand-off-1'])
    expect(outputsOf(result.messages)).toEqual(['The conversation is with billing now. It is about May.'])
    expect(model.requests[0]?.tools?.[0]?.description).toContain(
      'billing (knows billing), support (knows support)',
    )
    model.assertComplete()
  })

  it('is one run for whoever watches', async () => {
    const triage = agentOf('triage', [giving('b')], [handOff({ b: agentOf('b', ['Hello.']) })])
    const types: string[] = []
    for await (const { type } of triage.run('Hi')) if (type !== 'text-delta') types.push(type)
    expect(types).toEqual([
      'run-start',
      'step-start',
      'message',
      'step-end',
      'tool-start',
      'tool-end',
      'message',
      'step-start',
      'message',
      'step-end',
      'run-end',
    ])
  })

  it('goes through several, and the next message straight to the last', async () => {
    const c = agentOf('c', ['I am c.', 'Still c.'])
    const b = agentOf('b', [giving('c')], [handOff({ c })])
    const a = agentOf('a', [giving('b')], [handOff({ b })])
    const first = await a.run('Hi')
    expect(first.text).toBe('I am c.')
    const again = await a.run({ messages: [...first.messages, userText('Who?')] })
    expect(again.text).toBe('Still c.')
  })

  it('lets agents that know each other give it back, within a limit', async () => {
    const plugins = [handOff((): Record<string, Agent> => ({ a, b }), { limit: 3 })]
    const a: Agent = agentOf('a', [giving('b'), giving('b')], plugins)
    const b: Agent = agentOf('b', [giving('a'), giving('a'), 'I keep it.'], plugins)
    const { text, messages } = await a.run('Hi')
    expect(text).toBe('I keep it.')
    expect(outputsOf(messages)).toEqual([
      'The conversation is with b now.',
      'The conversation is with a now.',
      'The conversation is with b now.',
      'The conversation was handed over 3 times already: answer yourself',
    ])
  })

  it('stays with an agent that names nobody, or nobody who is there', async () => {
    const known = handOff(() => ({ b: agentOf('b', []) }))
    const a = agentOf('a', [giving('c'), 'I stay.'], [known])
    const { text, messages } = await a.run('Hi')
    expect([text, outputsOf(messages)]).toEqual(['I stay.', ['There is no agent c: there are b']])
    expect(() => handOff({})).toThrow(InvalidArgument)
    expect(() => handOff({ a }, { limit: 0 })).toThrow(InvalidArgument)
  })

  it('goes to the first of two that are named at once', async () => {
    const two = { toolCalls: ['b', 'c'].map((to) => ({ name: 'handOff', input: { to } })) }
    const plugins = [handOff({ b: agentOf('b', ['I am b.']), c: agentOf('c', []) })]
    expect((await agentOf('a', [two], plugins).run('Hi')).text).toBe('I am b.')
  })

  it('ends both by one abort', async () => {
    const controller = new AbortController()
    const b = createAgent({
      model: scriptedModel(() => {
        controller.abort()
        return 'too late'
      }),
    })
    const run = agentOf('a', [giving('b')], [handOff({ b })]).run('Hi', { signal: controller.signal })
    expect(RunAborted.isInstance(await run.catch((error: unknown) => error))).toBe(true)
  })

  it('is found in the transcript after a restart', async () => {
    const journal = await sqliteJournal(':memory:')
    const plugins = [durable(journal)]
    const make = (turns: readonly ScriptedTurn[], others: readonly ScriptedTurn[]) =>
      agentOf('a', turns, [handOff({ b: agentOf('b', others, plugins) }), ...plugins])
    const died = new Error('the process ended here')
    await expect(make([giving('b')], [{ error: died }]).run('Hi', { runId: 'r' })).rejects.toMatchObject({
      cause: died,
    })
    // Nothing is asked of the first again: it has nothing left to say.
    expect((await make([], ['Here I am.']).run('Hi', { runId: 'r' })).text).toBe('Here I am.')
    await journal.close()
  })
})
