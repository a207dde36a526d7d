import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import {
  type AgentEvent,
  createAgent,
  type LanguageModel,
  type Message,
  ModelError,
  tool,
  userText,
} from './index.ts'

const add = tool({
  description: 'Adds two numbers',
  input: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  execute: ({ a, b }) => a + b,
})
const call = (input: unknown, callId = 'c1', name = 'add') => ({ toolCalls: [{ name, input, callId }] })
const eventsOf = async (run: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> => {
  const events: AgentEvent[] = []
  for await (const event of run) events.push(event)
  return events
}
const outputs = (messages: readonly Message[]): string[] =>
  messages.flatMap((message) => (message.role === 'tool' ? message.content.map(({ output }) => output) : []))

describe('the loop', () => {
  it('runs tools until the model answers without calls', async () => {
    const model = scriptedModel([call({ a: 1, b: 2 }), 'It is 3.'])
    const result = await createAgent({ model, instructions: 'Be brief.', tools: { add } }).run('1 + 2?')
    expect(result).toMatchObject({ text: 'It is 3.', reason: 'done', steps: 2, pending: [] })
    expect(result.usage).toEqual({ inputTokens: 20, outputTokens: 10 })
    expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    expect(outputs(result.messages)).toEqual(['3'])
    expect(model.requests[1]?.messages).toHaveLength(3)
    expect(model.requests[0]).toMatchObject({ instructions: 'Be brief.', deltas: false })
    model.assertComplete()
  })

  it('yields the documented events in order', async () => {
    const agent = createAgent({
      model: scriptedModel([call({ a: 1, b: 2 }), { reasoning: 'hm', text: 'three' }]),
      tools: { add },
    })
    const types = (await eventsOf(agent.run('1 + 2?'))).map(({ type }) => type)
    expect(types).toEqual([
      'run-start',
      'step-start',
      'message',
      'step-end',
      'tool-start',
      'tool-end',
      'message',
      'step-start',
      'reasoning-delta',
      'text-delta',
      'message',
      'step-end',
      'run-end',
    ])
  })

  it('feeds an unknown tool, invalid arguments and unparsed JSON back to the model', async () => {
    const model = scriptedModel([
      call({}, 'c1', 'nope'),
      call({ a: 'one', b: 2 }, 'c2'),
      call('{"a": 1,', 'c3'),
      'sorry',
    ])
    const result = await createAgent({ model, tools: { add } }).run('?')
    expect(result.reason).toBe('done')
    expect(outputs(result.messages)).toEqual([
      'Unknown tool "nope". Available: add.',
      expect.stringMatching(/^Invalid input for add: a: expected number, received string/),
      expect.stringMatching(/^Invalid input for add: the arguments are not valid JSON/),
    ])
    expect(result.messages.flatMap((m) => (m.role === 'tool' ? m.content : [])).every((r) => r.isError)).toBe(
      true,
    )
  })

  it('shows a throwing tool to the model and goes on', async () => {
    const broken = tool({
      description: 'breaks',
      execute: () => {
        throw new Error('no disk')
      },
    })
    const result = await createAgent({
      model: scriptedModel([call({}, 'c1', 'broken'), 'ok']),
      tools: { broken },
    }).run('?')
    expect(outputs(result.messages)).toEqual(['no disk'])
    expect(result.text).toBe('ok')
  })

  it('ends at 20 steps by default, at fewer when told', async () => {
    let n = 0
    const model = scriptedModel(() => call({ a: ++n, b: 1 }, `c${n}`))
    const tools = { add }
    expect(await createAgent({ model, tools }).run('?')).toMatchObject({ reason: 'steps', steps: 20 })
    expect(await createAgent({ model, tools, limits: { steps: 3 } }).run('?')).toMatchObject({ steps: 3 })
  })

  it('ends at a limit of tokens', async () => {
    let n = 0
    const model = scriptedModel(() => call({ a: ++n, b: 1 }, `c${n}`))
    const result = await createAgent({ model, tools: { add }, limits: { tokens: 40 } }).run('?')
    expect(result).toMatchObject({ reason: 'tokens', steps: 3 })
  })

  it('ends as doom-loop when the same call has the same result three times, not when results differ', async () => {
    let n = 0
    const model = scriptedModel(() => call({ a: 1, b: 1 }, `c${++n}`))
    expect(await createAgent({ model, tools: { add } }).run('?')).toMatchObject({
      reason: 'doom-loop',
      steps: 3,
    })
    let ticks = 0
    const clock = tool({ description: 'ticks', input: add.inputSchema, execute: () => ++ticks })
    const changing = createAgent({ model, tools: { add: clock }, limits: { steps: 6 } })
    expect(await changing.run('?')).toMatchObject({ reason: 'steps', steps: 6 })
    const lifted = createAgent({ model, tools: { add }, limits: { steps: 6, repeats: Infinity } })
    expect(await lifted.run('?')).toMatchObject({ reason: 'steps' })
  })

  it('remembers the turns before it was resumed, but not those before a new question', async () => {
    let n = 0
    const model = scriptedModel(() => call({ a: 1, b: 1 }, `c${++n}`))
    const agentAt = (steps: number) => createAgent({ model, tools: { add }, limits: { steps } })
    const saved = JSON.parse(JSON.stringify(await agentAt(2).run('?')))
    expect(saved).toMatchObject({ reason: 'steps', steps: 2 })
    expect(await agentAt(20).run(saved)).toMatchObject({ reason: 'doom-loop', steps: 3 })
    const messages = [...saved.messages, userText('Go on.')]
    expect(await agentAt(20).run({ messages })).toMatchObject({ reason: 'doom-loop', steps: 3 })
    const lifted = createAgent({ model, tools: { add }, limits: { steps: 6, repeats: Infinity } })
    expect(await lifted.run(saved)).toMatchObject({ reason: 'steps', steps: 6 })
  })

  it('runs 50 steps where it may', async () => {
    const model = scriptedModel((_, turn) => (turn === 50 ? 'finished' : call({ a: turn, b: 1 }, `c${turn}`)))
    const result = await createAgent({ model, tools: { add }, limits: { steps: 60 } }).run('?')
    expect(result).toMatchObject({
      reason: 'done',
      text: 'finished',
      steps: 50,
      usage: { inputTokens: 500, outputTokens: 250 },
    })
    expect(outputs(result.messages)).toEqual(Array.from({ length: 49 }, (_, n) => `${n + 2}`))
    expect(model.requests).toHaveLength(50)
    const short = scriptedModel((_, turn) => call({ a: turn, b: 1 }, `c${turn}`))
    const cut = createAgent({ model: short, tools: { add }, limits: { steps: 49 } })
    expect(await cut.run('?')).toMatchObject({ reason: 'steps', steps: 49, text: '' })
  })

  it('holds a tool choice until tools have run, for each question', async () => {
    for (const toolChoice of ['required', { tool: 'add' }] as const) {
      const model = scriptedModel(({ toolChoice: asked }, turn) =>
        asked === 'auto' ? 'three' : call({ a: 1, b: 2 }, `c${turn}`),
      )
      const agent = createAgent({ model, tools: { add }, settings: { toolChoice } })
      const first = await agent.run('?')
      expect(first).toMatchObject({ reason: 'done', text: 'three', steps: 2 })
      await agent.run({ messages: [...first.messages, userText('again?')] })
      const choices = model.requests.map((request) => request.toolChoice)
      expect(choices).toEqual([toolChoice, 'auto', toolChoice, 'auto'])
    }
    const none = scriptedModel([call({ a: 1, b: 2 }), 'no'])
    await createAgent({ model: none, tools: { add }, settings: { toolChoice: 'none' } }).run('?')
    expect(none.requests.map(({ toolChoice }) => toolChoice)).toEqual(['none', 'none'])
  })

  it('notices a loop of two alternating calls', async () => {
    let n = 0
    const model = scriptedModel(() => call({ a: n % 2, b: 1 }, `c${++n}`))
    expect(await createAgent({ model, tools: { add } }).run('?')).toMatchObject({
      reason: 'doom-loop',
      steps: 5,
    })
  })

  it('stops where a condition says, after the tools of the step ran', async () => {
    const model = scriptedModel([call({ a: 1, b: 2 }), 'never'])
    const agent = createAgent({ model, tools: { add }, stopWhen: ({ state }) => state.steps >= 1 })
    const result = await agent.run('?')
    expect(result.reason).toBe('stopped')
    expect(outputs(result.messages)).toEqual(['3'])
    expect(model.remaining).toBe(1)
  })

  it('reports length and content-filter as what they are', async () => {
    for (const finish of ['length', 'content-filter'] as const)
      expect(await createAgent({ model: scriptedModel([{ text: 'cut', finish }]) }).run('?')).toMatchObject({
        reason: finish,
        text: 'cut',
      })
  })

  it('never ends without a reason, whatever the model gives as its own', async () => {
    for (const finish of ['eos', undefined, 'other']) {
      const turn = JSON.parse(JSON.stringify({ text: 'fine', finish }))
      const saying: LanguageModel = {
        provider: 'p',
        modelId: 'm',
        async *stream(request) {
          for await (const event of scriptedModel([turn]).stream(request))
            yield event.type === 'finish' ? { ...event, reason: turn.finish } : event
        },
      }
      const events = await eventsOf(createAgent({ model: saying }).run('?'))
      expect(events.at(-1)).toMatchObject({ type: 'run-end', result: { reason: 'done', text: 'fine' } })
      expect(events.find(({ type }) => type === 'step-end')).toMatchObject({ reason: finish ?? 'other' })
    }
  })

  it('goes on with a turn the vendor paused, also from a saved state', async () => {
    const turns = [{ text: 'searching', finish: 'pause' as const }, 'found it']
    const model = scriptedModel(turns)
    const result = await createAgent({ model }).run('?')
    expect(result).toMatchObject({ reason: 'done', text: 'found it', steps: 2 })
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ role: 'assistant', unfinished: true })
    const agent = createAgent({ model: scriptedModel(turns), limits: { steps: 1 } })
    const cut = await agent.run('?')
    expect(cut).toMatchObject({ reason: 'steps', text: 'searching' })
    expect(await agent.run({ messages: JSON.parse(JSON.stringify(cut.messages)) })).toMatchObject({
      reason: 'done',
      text: 'found it',
    })
    const endless = createAgent({ model: scriptedModel(() => ({ text: 'x', finish: 'pause' })) })
    expect(await endless.run('?')).toMatchObject({ reason: 'steps', steps: 20 })
  })

  it('gives calls of one turn that share an id ids of their own', async () => {
    const keys: string[] = []
    const note = tool({ description: 'notes', execute: (_, { idempotencyKey }) => keys.push(idempotencyKey) })
    const same = (callId: string) => ({ name: 'note', callId })
    const toolCalls = [same('c'), same('c'), same('c_2'), same('c'), same('d')]
    const model = scriptedModel([{ toolCalls }, { toolCalls: [same('c')] }, 'ok'])
    const result = await createAgent({ model, tools: { note } }).run('?', { runId: 'r' })
    expect(keys).toEqual(['r/1/c', 'r/1/c_2', 'r/1/c_2_2', 'r/1/c_3', 'r/1/d', 'r/2/c'])
    const [, asked, answered] = result.messages
    const ids = (message: Message | undefined) =>
      message?.content.map((part) => ('callId' in part ? part.callId : part.type))
    expect(ids(asked)).toEqual(ids(answered))
    expect(outputs(result.messages)).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it('throws a model error unchanged, and one for a model without finish', async () => {
    const error = new ModelError('busy', { kind: 'overloaded', provider: 'p', modelId: 'm' })
    await expect(createAgent({ model: scriptedModel([{ error }]) }).run('?')).rejects.toBe(error)
    const silent = { provider: 'p', modelId: 'm', async *stream() {} }
    await expect(createAgent({ model: silent }).run('?')).rejects.toThrow('without a finish event')
  })

  it('goes on from a saved run: steps, usage and transcript', async () => {
    const agent = createAgent({
      model: scriptedModel([call({ a: 1, b: 2 }), 'one more', 'and another']),
      tools: { add },
      limits: { steps: 20 },
    })
    const first = await agent.run('?')
    const second = await agent.run({ ...first, messages: [...first.messages, userText('more')] })
    expect(second).toMatchObject({
      steps: 3,
      text: 'and another',
      usage: { inputTokens: 30, outputTokens: 15 },
    })
    expect(await agent.run(JSON.parse(JSON.stringify(second)))).toMatchObject({ reason: 'done', steps: 3 })
  })

  it('holds a conversation of any length, each question with its own steps', async () => {
    const agent = createAgent({ model: scriptedModel((_, turn) => `answer ${turn}`) })
    let messages: readonly Message[] = []
    for (let turn = 1; turn <= 25; turn++) {
      const result = await agent.run({ messages: [...messages, userText(`question ${turn}`)] })
      expect(result).toMatchObject({ reason: 'done', text: `answer ${turn}`, steps: 1 })
      messages = result.messages
    }
    expect(messages).toHaveLength(50)
  })

  it('gives no answer of before for a question that has none', async () => {
    const agent = createAgent({ model: scriptedModel(() => 'before'), limits: { steps: 1 } })
    const first = await agent.run('?')
    const second = await agent.run({ ...first, messages: [...first.messages, userText('more')] })
    expect(second).toMatchObject({ reason: 'steps', text: '', steps: 1 })
    expect(await agent.run(first)).toMatchObject({ reason: 'done', text: 'before' })
  })

  it('answers calls a user message left open, before asking the model', async () => {
    const model = scriptedModel(['fine'])
    const open: Message = {
      role: 'assistant',
      content: [
        { type: 'tool-call', callId: 'c1', name: 'add', input: {} },
        { type: 'tool-call', callId: 'c2', name: 'add', input: {} },
      ],
    }
    const done: Message = {
      role: 'tool',
      content: [{ type: 'tool-result', callId: 'c1', name: 'add', output: '3' }],
    }
    await createAgent({ model, tools: { add } }).run({
      messages: [userText('a'), open, done, userText('never mind')],
    })
    expect(model.requests[0]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
    expect(model.requests[0]?.messages[2]).toMatchObject({
      content: [
        { callId: 'c1', output: '3' },
        { callId: 'c2', isError: true },
      ],
    })
  })

  it('runs in parallel with a cap, keeps the order of results, and refuses calls over 16 a turn', async () => {
    let running = 0
    let most = 0
    const slow = tool({
      description: 'waits',
      input: { type: 'object', properties: { n: { type: 'integer' } } },
      execute: async ({ n }) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 10 - (n ?? 0) / 2))
        running--
        return `n${n}`
      },
    })
    const toolCalls = Array.from({ length: 18 }, (_, n) => ({ name: 'slow', input: { n }, callId: `c${n}` }))
    const result = await createAgent({ model: scriptedModel([{ toolCalls }, 'ok']), tools: { slow } }).run(
      '?',
    )
    expect(most).toBe(8)
    expect(outputs(result.messages).slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, n) => `n${n}`))
    expect(outputs(result.messages).slice(16)).toEqual([
      expect.stringContaining('at most 16 calls a turn'),
      expect.stringContaining('at most 16 calls a turn'),
    ])
  })
})
