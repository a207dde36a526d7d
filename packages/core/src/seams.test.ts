import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import {
  calledTool,
  createAgent,
  type Hooks,
  type Message,
  ModelError,
  type Plugin,
  PluginError,
  stepCount,
  tokenCount,
  tool,
  userText,
} from './index.ts'

const add = tool({
  description: 'adds',
  input: { type: 'object', properties: { a: { type: 'number' } } },
  execute: ({ a }) => a,
})
const turns = () => [{ toolCalls: [{ name: 'add', input: { a: 1 } }] }, 'done']
const agentWith = (...plugins: Plugin[]) =>
  createAgent({ model: scriptedModel(turns()), tools: { add }, plugins })
const tracing = (name: string, log: string[]): Plugin => ({
  name,
  setup: () => ({
    async *aroundRun(input, next) {
      log.push(`${name} run`)
      yield* next(input)
      log.push(`${name} run end`)
    },
    async *aroundModel(call, next) {
      log.push(`${name} model ${call.step}`)
      yield* next(call)
      log.push(`${name} model end`)
    },
    async aroundTool(call, next) {
      log.push(`${name} tool`)
      return next(call)
    },
  }),
})

describe('the seams', () => {
  it('nest: the first plugin is outermost, and code after the last event runs', async () => {
    const log: string[] = []
    await agentWith(tracing('a', log), tracing('b', log)).run('?')
    expect(log).toEqual([
      'a run',
      'b run',
      'a model 1',
      'b model 1',
      'b model end',
      'a model end',
      'a tool',
      'b tool',
      'a model 2',
      'b model 2',
      'b model end',
      'a model end',
      'b run end',
      'a run end',
    ])
  })

  it('set up once a run, so that their variables are the state of the run', async () => {
    let setups = 0
    const counting: Plugin = { name: 'counting', setup: () => (setups++, {}) }
    const agent = createAgent({ model: scriptedModel(() => 'ok'), plugins: [counting] })
    await Promise.all([agent.run('a'), agent.run('b')])
    expect(setups).toBe(2)
  })

  it('swap the model, the request, the input of a tool (checked again) and its result', async () => {
    const other = scriptedModel(() => 'from the other')
    const swapping = (input: unknown): Plugin => ({
      name: 'swap',
      setup: () => ({
        aroundModel: (call, next) =>
          next(
            call.step === 1 ? call : { ...call, model: other, request: { ...call.request, temperature: 1 } },
          ),
        aroundTool: async (call, next) => {
          const outcome = await next({ ...call, input })
          return outcome === 'pending' ? outcome : { ...outcome, output: `<${outcome.output}>` }
        },
      }),
    })
    const result = await agentWith(swapping({ a: 7 })).run('?')
    expect(result.text).toBe('from the other')
    expect(other.requests[0]?.temperature).toBe(1)
    expect(result.messages[2]).toMatchObject({ content: [{ output: '<7>' }] })
    const wrong = await agentWith(swapping({ a: 'seven' })).run('?')
    expect(wrong.messages[2]).toMatchObject({
      content: [{ output: expect.stringContaining('expected number') }],
    })
  })

  it('name the plugin whose hook throws, in every seam, and never hang', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    const hooks: Record<string, () => Hooks> = {
      setup: boom,
      aroundRun: () => ({ aroundRun: boom }),
      aroundModel: () => ({ aroundModel: boom }),
      aroundTool: () => ({ aroundTool: boom }),
      stopWhen: () => ({ stopWhen: boom }),
    }
    for (const [hook, setup] of Object.entries(hooks)) {
      const error = await agentWith({ name: 'faulty', setup })
        .run('?')
        .catch((reason: unknown) => reason)
      expect(PluginError.isInstance(error) && error).toMatchObject({ plugin: 'faulty' })
      expect(String(error)).toContain(`Plugin "faulty" failed in ${hook}: boom`)
    }
  })

  it('name the plugin that gives what no hook may give, and hear its rejections', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const reject = () => Promise.reject(new Error('boom'))
    const setups: Record<string, () => unknown> = {
      'setup: expected hooks, received a promise': reject,
      'aroundTool: expected "pending" or { output: string }': () => ({ aroundTool: async () => undefined }),
      'aroundTool: expected "pending" or': () => ({ aroundTool: async () => 'text' }),
      'aroundTool: undefined': () => ({
        aroundTool: () => {
          throw undefined
        },
      }),
      'aroundModel: expected an async iterable, received a promise': () => ({ aroundModel: reject }),
      'aroundRun: expected an async iterable, received a promise': () => ({ aroundRun: reject }),
      'aroundModel: expected an async iterable, received undefined': () => ({ aroundModel: () => undefined }),
      'setup: expected hooks, received string': () => 'hooks',
    }
    for (const [message, setup] of Object.entries(setups)) {
      const plugin: Plugin = JSON.parse('{"name":"odd"}')
      const error = agentWith(Object.assign(plugin, { setup })).run('?')
      await expect(error).rejects.toThrow(`Plugin "odd" failed in ${message}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('refuse what no plugin and no hook is called, naming both', async () => {
    const setup = (hooks: unknown) => (): Hooks => Object.assign({}, hooks)
    await expect(
      agentWith({ name: 'spelt', setup: setup({ aroundTools: tracing }) }).run('?'),
    ).rejects.toThrow(
      /^Plugin "spelt" failed in setup: aroundTools: expected one of aroundRun, aroundModel, aroundTool, stopWhen/,
    )
    const misspelt: Plugin = Object.assign({ name: 'spelt' }, { setUp: () => ({}) })
    const build = (): unknown => agentWith(misspelt)
    expect(build).toThrow(
      /^Plugin "spelt" failed in its definition: setUp: expected one of name, tools, setup/,
    )
    expect(build).toThrow(PluginError)
    const unset: Plugin = { name: 'unset', setup: setup({ aroundRun: undefined }) }
    expect((await agentWith(unset).run('?')).reason).toBe('done')
  })

  it('name the plugin and the hook that yields what is no event', async () => {
    const odd: [string, unknown, string][] = [
      ['aroundRun', undefined, ' with a type, received undefined'],
      ['aroundRun', { type: 'run-end' }, ' of type run-end with its result, received undefined'],
      ['aroundModel', undefined, ' with a type, received undefined'],
      ['aroundModel', null, ' with a type, received null'],
      ['aroundModel', 'text', ' with a type, received string'],
      ['aroundModel', { text: 'x' }, ' with a type, received object'],
      ['aroundModel', { type: 'part' }, ' of type part with its part, received undefined'],
      [
        'aroundModel',
        { type: 'finish', reason: 'stop' },
        ' of type finish with its usage, received undefined',
      ],
    ]
    for (const [hook, event, message] of odd) {
      async function* yielding(input: never, next: (value: never) => AsyncIterable<unknown>) {
        yield event
        yield* next(input)
      }
      const plugin: Plugin = Object.assign(
        { name: 'odd' },
        { setup: () => Object.assign({}, { [hook]: yielding }) },
      )
      const error = await agentWith(tracing('outer', []), plugin, tracing('inner', []))
        .run('?')
        .catch((reason: unknown) => reason)
      expect(PluginError.isInstance(error) && error.plugin).toBe('odd')
      expect(String(error)).toContain(`Plugin "odd" failed in ${hook}: expected an event${message}`)
    }
  })

  it('do not blame a plugin for a model that yields what is no event', async () => {
    const model = { provider: 'p', modelId: 'm', stream: () => ReadableStream.from([undefined]) }
    const error = await createAgent({
      model: Object.assign(scriptedModel([]), model),
      plugins: [tracing('a', [])],
    })
      .run('?')
      .catch((reason: unknown) => reason)
    expect(PluginError.isInstance(error)).toBe(false)
    expect(String(error)).toContain('expected an event')
  })

  it('see calls a user message left open as answered, and answer those they bring themselves', async () => {
    const open: Message = {
      role: 'assistant',
      content: [{ type: 'tool-call', callId: 'c', name: 'add', input: {} }],
    }
    const seen: unknown[] = []
    const watching: Plugin = {
      name: 'watching',
      setup: ({ state }) => ({
        aroundRun(input, next) {
          for (const { messages } of [state, input]) seen.push(messages.map(({ role }) => role).join())
          return next({ ...input, messages: [open, ...input.messages] })
        },
      }),
    }
    const model = scriptedModel(['ok'])
    const run = createAgent({ model, plugins: [watching] }).run({
      messages: [userText('a'), open, userText('b')],
    })
    expect((await run).messages.map(({ role }) => role).join()).toBe(
      'assistant,tool,user,assistant,tool,user,assistant',
    )
    expect(seen).toEqual(Array(2).fill('user,assistant,tool,user'))
  })

  it('keep the messages of a run as they are, where no hook changes them', async () => {
    const passing: Plugin = {
      name: 'passing',
      setup: (run) => ({
        async *aroundRun(input, next) {
          for await (const event of next(input)) {
            if (event.type === 'run-start') expect(run.state.messages).toBe(input.messages)
            yield event
          }
        },
      }),
    }
    expect((await agentWith(passing).run('?')).reason).toBe('done')
  })

  it('may bring messages with calls left open: they are answered before the model is asked', async () => {
    const open: Message = {
      role: 'assistant',
      content: [{ type: 'tool-call', callId: 'c', name: 'add', input: {} }],
    }
    const remembering: Plugin = {
      name: 'remembering',
      setup: () => ({
        aroundRun: (input, next) => next({ messages: [userText('earlier'), open, ...input.messages] }),
      }),
    }
    const model = scriptedModel(['ok'])
    await createAgent({ model, plugins: [remembering] }).run('never mind')
    expect(model.requests[0]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  })

  it('let an error of the model through unchanged, and blame the plugin that changes it', async () => {
    const error = new ModelError('busy', { kind: 'overloaded', provider: 'p', modelId: 'm' })
    const run = (plugin: Plugin) =>
      createAgent({ model: scriptedModel([{ error }]), plugins: [plugin] })
        .run('?')
        .catch((reason: unknown) => reason)
    expect(await run(tracing('calm', []))).toBe(error)
    const changing: Plugin = {
      name: 'changing',
      setup: () => ({
        async *aroundModel(call, next) {
          try {
            yield* next(call)
          } catch {
            throw new Error('other')
          }
        },
      }),
    }
    expect(await run(changing)).toMatchObject({ plugin: 'changing' })
  })

  it('a hook may retry: call next again after an error', async () => {
    const error = new ModelError('busy', { kind: 'overloaded', provider: 'p', modelId: 'm' })
    const retrying: Plugin = {
      name: 'retrying',
      setup: () => ({
        async *aroundModel(call, next) {
          try {
            yield* next(call)
          } catch {
            yield* next(call)
          }
        },
      }),
    }
    const agent = createAgent({ model: scriptedModel([{ error }, 'ok']), plugins: [retrying] })
    expect((await agent.run('?')).text).toBe('ok')
  })

  it('may change what the run starts from and what it ends with', async () => {
    const remembering: Plugin = {
      name: 'remembering',
      setup: () => ({
        async *aroundRun(input, next) {
          const greeting = { role: 'user' as const, content: [{ type: 'text' as const, text: 'earlier' }] }
          for await (const event of next({ ...input, messages: [greeting, ...input.messages] }))
            yield event.type === 'run-end'
              ? { ...event, result: { ...event.result, text: 'changed' } }
              : event
        },
      }),
    }
    const model = scriptedModel(['ok'])
    const result = await createAgent({ model, plugins: [remembering] }).run('?')
    expect(result.text).toBe('changed')
    expect(model.requests[0]?.messages).toHaveLength(2)
  })

  it('say so when a plugin keeps the end of the run', async () => {
    const keeping: Plugin = { name: 'keeping', setup: () => ({ async *aroundRun() {} }) }
    await expect(agentWith(keeping).run('?')).rejects.toMatchObject({ code: 'no-result' })
  })

  it('a meter set by a hook hears every upstream call', async () => {
    const heard: unknown[] = []
    const metering: Plugin = {
      name: 'metering',
      setup: () => ({
        aroundModel: (call, next) =>
          next({
            ...call,
            request: { ...call.request, meter: { reserve: async () => (usage) => void heard.push(usage) } },
          }),
      }),
    }
    await agentWith(metering).run('?')
    expect(heard).toEqual([
      { inputTokens: 10, outputTokens: 5 },
      { inputTokens: 10, outputTokens: 5 },
    ])
  })
})

describe('stop conditions', () => {
  it('count steps and tokens and see tools; bad ones are refused', async () => {
    for (const stopWhen of [stepCount(1), tokenCount(15), calledTool('add')])
      expect(
        await createAgent({ model: scriptedModel(turns()), tools: { add }, stopWhen }).run('?'),
      ).toMatchObject({
        reason: 'stopped',
        steps: 1,
      })
    const other = createAgent({
      model: scriptedModel(turns()),
      tools: { add },
      stopWhen: calledTool('other'),
    })
    expect(await other.run('?')).toMatchObject({ reason: 'done' })
    expect(() => stepCount(0)).toThrow('stepCount: expected')
    expect(() => tokenCount(Number.NaN)).toThrow('tokenCount: expected')
  })
})
