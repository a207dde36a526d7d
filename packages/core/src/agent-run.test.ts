import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AgentEvent,
  approval,
  createAgent,
  type LanguageModel,
  type Plugin,
  RunAborted,
  RunIncomplete,
  tool,
} from './index.ts'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  if (unhandled.length > 0)
    throw new Error(`${unhandled.length} unhandled rejections`, { cause: unhandled[0] })
})
const agentOf = (model: LanguageModel) => createAgent({ model })
const step = tool({ description: 'steps', execute: () => 'stepped' })

describe('AgentRun', () => {
  it('does nothing until used', async () => {
    const model = scriptedModel(['hello'])
    agentOf(model).run('?')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(model.requests).toHaveLength(0)
  })

  it('asks without deltas when only awaited, with them when iterated, or as told', async () => {
    const model = scriptedModel(() => 'hello')
    const agent = agentOf(model)
    await agent.run('?')
    for await (const _ of agent.run('?'));
    await agent.run('?', { deltas: true })
    for await (const _ of agent.run('?', { deltas: false }));
    expect(model.requests.map(({ deltas }) => deltas)).toEqual([false, true, true, false])
  })

  it('settles by iterating, once; the result is the one of run-end', async () => {
    const model = scriptedModel(['hello'])
    const run = agentOf(model).run('?')
    let last: AgentEvent | undefined
    for await (const event of run) last = event
    const result = await run
    expect(last).toEqual({ type: 'run-end', result })
    expect(await run).toBe(result)
    expect(model.requests).toHaveLength(1)
    await expect(async () => {
      for await (const _ of run);
    }).rejects.toThrow('iterated once')
  })

  it('throws when iterated after being awaited', async () => {
    const run = agentOf(scriptedModel(['hello'])).run('?')
    await run
    expect(() => run[Symbol.asyncIterator]()).toThrow('awaited')
    await expect(async () => {
      for await (const _ of run.text);
    }).rejects.toThrow('awaited')
  })

  it('reads the rest when a half-read run is awaited', async () => {
    const run = agentOf(scriptedModel([{ text: 'a long answer in several deltas', deltaSize: 4 }])).run('?')
    const iterator = run[Symbol.asyncIterator]()
    for (let n = 0; n < 4; n++) await iterator.next()
    expect((await run).text).toBe('a long answer in several deltas')
    expect(await iterator.next()).toMatchObject({ done: true })
  })

  it('streams text alone', async () => {
    const run = agentOf(scriptedModel([{ reasoning: 'hm', text: 'hello world', deltaSize: 5 }])).run('?')
    const texts: string[] = []
    for await (const text of run.text) texts.push(text)
    expect(texts).toEqual(['hello', ' worl', 'd'])
    expect((await run).text).toBe('hello world')
  })

  it('gives the text of each answer at once where it does not stream', async () => {
    const script = [
      { text: 'first', toolCalls: [{ name: 'step' }] },
      { toolCalls: [{ name: 'step' }] },
      'last',
    ]
    const textsOf = async (deltas: boolean): Promise<string[]> => {
      const agent = createAgent({ model: scriptedModel(script), tools: { step } })
      const texts: string[] = []
      for await (const text of agent.run('?', { deltas }).text) texts.push(text)
      return texts
    }
    expect(await textsOf(false)).toEqual(['first', 'last'])
    expect((await textsOf(true)).join('')).toBe('firstlast')
  })

  it('after break, awaiting rejects with what was done so far', async () => {
    const agent = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'step' }] }, { text: 'a long answer', deltaSize: 2 }]),
      tools: { step },
    })
    const run = agent.run('?')
    for await (const event of run) if (event.type === 'text-delta') break
    const error = await run.catch((reason: unknown) => reason)
    expect(RunAborted.isInstance(error) && error.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
    ])
  })

  it('knows the usage of the call it was left in, from what the model settled', async () => {
    const model = scriptedModel([
      { text: 'a long answer', deltaSize: 2, usage: { inputTokens: 7, outputTokens: 9 } },
    ])
    const run = agentOf(model).run('?')
    for await (const event of run) if (event.type === 'text-delta') break
    const error = await run.catch((reason: unknown) => reason)
    expect(RunAborted.isInstance(error) && error.usage.inputTokens).toBeGreaterThan(0)
  })

  it('rejects with RunAborted when its signal aborts, in a model call and in a tool that ignores it', async () => {
    const reason = new Error('user left')
    const deaf = tool({ description: 'ignores aborts', execute: () => new Promise(() => {}) })
    for (const turns of [[{ text: 'x', delayMs: 10_000 }], [{ toolCalls: [{ name: 'deaf' }] }]]) {
      const controller = new AbortController()
      const run = createAgent({ model: scriptedModel(turns), tools: { deaf } }).run('?', {
        signal: controller.signal,
      })
      setTimeout(() => controller.abort(reason), 5)
      const error = await run.catch((caught: unknown) => caught)
      expect(RunAborted.isInstance(error) && error.cause).toBe(reason)
    }
  })

  it('aborts at once when the signal already is, without asking the model', async () => {
    const model = scriptedModel(() => 'hello')
    await expect(agentOf(model).run('?', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'run-aborted',
    })
    expect(model.requests).toHaveLength(0)
  })

  it('leaves a model behind that ignores its signal', async () => {
    const deaf: LanguageModel = {
      provider: 'p',
      modelId: 'm',
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
    }
    const controller = new AbortController()
    const run = agentOf(deaf).run('?', { signal: controller.signal })
    setTimeout(() => controller.abort(), 5)
    await expect(run).rejects.toMatchObject({ code: 'run-aborted' })
  })

  it('has catch and finally, and a consumer that throws ends the run', async () => {
    const failing = agentOf(scriptedModel([{ error: new Error('down') }])).run('?')
    let finished = false
    expect(await failing.catch(String)).toBe('Error: down')
    await failing.finally(() => (finished = true)).catch(() => {})
    expect(finished).toBe(true)
    const run = agentOf(scriptedModel([{ text: 'hello there', deltaSize: 2 }])).run('?')
    await expect(async () => {
      for await (const event of run) if (event.type === 'text-delta') throw new Error('consumer broke')
    }).rejects.toThrow('consumer broke')
    await expect(run).rejects.toMatchObject({ code: 'run-aborted' })
  })

  it('throws to the iterating consumer what awaiting rejects with', async () => {
    const error = new Error('down')
    const run = agentOf(scriptedModel([{ error }])).run('?')
    await expect(async () => {
      for await (const _ of run);
    }).rejects.toBe(error)
    await expect(run).rejects.toBe(error)
  })

  it('has an id of its own where a page is not secure, too', async () => {
    const { randomUUID } = crypto
    const ids = new Set<string>()
    try {
      // A browser offers it to secure contexts alone.
      Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true, writable: true })
      for (let n = 0; n < 100; n++) ids.add(agentOf(scriptedModel([])).run('?').runId)
    } finally {
      Object.defineProperty(crypto, 'randomUUID', { value: randomUUID, configurable: true, writable: true })
    }
    expect(ids.size).toBe(100)
    for (const id of ids) expect(id).toMatch(/^\d+(-\d+){3}$/)
  })

  it('leaves no listener on the signal, and aborts the tools it left running', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args))
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args))
    let toolSignal: AbortSignal | undefined
    const wait = tool({
      description: 'waits',
      execute: (_, context) => {
        toolSignal = context.signal
        context.report('waiting')
        return new Promise(() => {})
      },
    })
    await agentOf(scriptedModel(['a'])).run('?', { signal })
    const turns = [{ toolCalls: [{ name: 'wait' }] }]
    const run = createAgent({ model: scriptedModel(turns), tools: { wait } }).run('?', { signal })
    for await (const event of run) if (event.type === 'tool-progress') break
    expect(toolSignal?.aborted).toBe(true)
    expect(listeners).toBe(0)
  })
})

it('a failing hook aborts the tools that still run beside it', async () => {
  let toolSignal: AbortSignal | undefined
  const started = Promise.withResolvers<void>()
  const wait = tool({
    description: 'waits',
    execute: (_, context) => {
      toolSignal = context.signal
      started.resolve()
      return new Promise(() => {})
    },
  })
  const model = scriptedModel([{ toolCalls: [{ name: 'wait' }, { name: 'step' }] }])
  const faulty: Plugin = {
    name: 'faulty',
    setup: () => ({
      aroundTool: async (call, next) => {
        if (call.call.name === 'wait') return next(call)
        await started.promise
        throw new Error('boom')
      },
    }),
  }
  const run = createAgent({ model, tools: { wait, step }, plugins: [faulty] }).run('?')
  await expect(run).rejects.toMatchObject({ code: 'plugin-error' })
  expect(toolSignal?.aborted).toBe(true)
})

describe('structured output', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const

  it('is typed, checked, and sent as a schema', async () => {
    const model = scriptedModel(['{"city":"Oslo"}'])
    const { output } = await agentOf(model).run('?', { output: schema })
    const city: string = output.city
    expect(city).toBe('Oslo')
    expect(model.requests[0]?.output).toEqual(schema)
  })

  it('accepts a Markdown fence around the JSON', async () => {
    const run = agentOf(scriptedModel(['```json\n{"city":"Rome"}\n```'])).run('?', { output: schema })
    expect((await run).output).toEqual({ city: 'Rome' })
  })

  it('accepts a fence with prose around it, and JSON with fences in it', async () => {
    const city = JSON.stringify('```json\n{}\n``` and ```')
    for (const [text, expected] of [
      ['Sure:\n\n```json\n{"city":"Rome"}\n```\nAnything else?', 'Rome'],
      ['Like ```\nthis\n``` or so:\n```\n{"city":"Oslo"}```', 'Oslo'],
      [`{"city":${city}}`, JSON.parse(city)],
      [`Here:\n\`\`\`json\n{"city":${city}}\n\`\`\`\nThere.`, JSON.parse(city)],
    ]) {
      const model = scriptedModel([text])
      expect((await agentOf(model).run('?', { output: schema })).output).toEqual({ city: expected })
    }
    const prose = scriptedModel(['Rome', '```\nRome\n```', '{"city":"Rome"}'])
    expect(await agentOf(prose).run('?', { output: schema })).toMatchObject({ steps: 3 })
  })

  it('asks again at most twice, then throws RunIncomplete', async () => {
    const good = scriptedModel(['Oslo', '{"town":"Oslo"}', '{"city":"Oslo"}'])
    const result = await agentOf(good).run('?', { output: schema })
    expect(result).toMatchObject({ output: { city: 'Oslo' }, steps: 3 })
    expect(result.messages[2]).toMatchObject({
      role: 'user',
      content: [{ text: expect.stringContaining('not JSON') }],
    })
    expect(result.messages[4]).toMatchObject({
      content: [{ text: expect.stringContaining('city: required') }],
    })
    const bad = scriptedModel(() => 'never')
    const error = await agentOf(bad)
      .run('?', { output: schema })
      .catch((reason: unknown) => reason)
    expect(RunIncomplete.isInstance(error) && error).toMatchObject({
      reason: 'invalid-output',
      usage: { inputTokens: 30 },
    })
    expect(bad.requests).toHaveLength(3)
  })

  it('throws RunIncomplete for any end other than done, to awaiters and iterators', async () => {
    const agent = createAgent({
      model: scriptedModel(() => ({ text: 'cut', finish: 'length' as const })),
    })
    await expect(agent.run('?', { output: schema })).rejects.toMatchObject({
      reason: 'length',
      code: 'run-incomplete',
    })
    await expect(async () => {
      for await (const _ of agent.run('?', { output: schema }));
    }).rejects.toMatchObject({ reason: 'length' })
    expect(await agent.run('?')).toMatchObject({ reason: 'length', output: undefined })
  })

  it('a paused run throws what to decide on, and goes on from there to its output', async () => {
    const model = scriptedModel([{ toolCalls: [{ name: 'step', callId: 'c1' }] }, '{"city":"Oslo"}'])
    const agent = createAgent({ model, tools: { step }, plugins: [approval()] })
    const paused = await agent.run('?', { output: schema }).catch((error: unknown) => error)
    if (!RunIncomplete.isInstance(paused)) throw paused
    expect(paused).toMatchObject({ reason: 'paused', steps: 1, pending: [{ callId: 'c1', name: 'step' }] })
    const result = await agent.run(paused, { output: schema, approvals: { c1: true } })
    expect(result).toMatchObject({ output: { city: 'Oslo' }, steps: 2, usage: { inputTokens: 20 } })
  })

  it('names the ways there are for a schema that cannot write its JSON Schema', async () => {
    const mute = {
      '~standard': { version: 1 as const, vendor: 'mute', validate: (value: unknown) => ({ value }) },
    }
    const run = agentOf(scriptedModel(['{}'])).run('?', { output: mute })
    const error = await run.catch((reason: unknown) => reason)
    expect(String(error)).toMatch(/output: expected a schema that can write its JSON Schema .*valibot/)
    expect(String(error)).not.toContain('beside')
    expect(() => tool({ description: 'x', input: mute })).toThrow('jsonSchema beside it')
  })
})
