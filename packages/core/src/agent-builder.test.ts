import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { agentBuilder, approval, createAgent, InvalidArgument, type Plugin, tool, userText } from './index.ts'

const add = tool({ description: 'adds', execute: () => 3 })
const model = scriptedModel(() => 'ok')
const plugin = (name: string): Plugin => ({ name, tools: { [`${name}Tool`]: add } })

describe('agentBuilder', () => {
  it('has every verb and builds what createAgent builds', async () => {
    const agent = agentBuilder()
      .model(model)
      .instructions('Be brief.')
      .tools({ add })
      .mcp({ search: add })
      .use(plugin('used'))
      .memory(plugin('memory'))
      .db(plugin('db'))
      .vectorDb(plugin('vector'))
      .knowledgeBase(plugin('knowledge'))
      .metadata({ name: 'builder', description: 'built' })
      .config({ limits: { steps: 2 }, settings: { temperature: 0 } })
      .build()
    expect(Object.keys(agent.tools)).toEqual([
      'add',
      'search',
      'usedTool',
      'memoryTool',
      'dbTool',
      'vectorTool',
      'knowledgeTool',
    ])
    expect(agent).toMatchObject({ name: 'builder', description: 'built' })
    await agent.run('?')
    expect(model.requests.at(-1)).toMatchObject({ instructions: 'Be brief.', temperature: 0 })
  })

  it('is immutable: a fork changes neither its parent nor its siblings', () => {
    const base = agentBuilder().model(model)
    const one = base.tools({ add })
    expect(Object.keys(base.build().tools)).toEqual([])
    expect(Object.keys(one.build().tools)).toEqual(['add'])
  })

  it('refuses to build without a model, at compile time and at run time', () => {
    // @ts-expect-error there is no model yet
    expect(() => agentBuilder().instructions('hi').build()).toThrow('model: expected')
  })

  it('refuses unknown keys and a tool named twice', () => {
    const builder = agentBuilder().model(model)
    // @ts-expect-error unknown key
    expect(() => builder.metadata({ title: 'x' })).toThrow(
      'metadata.title: expected one of name, description',
    )
    // @ts-expect-error unknown key
    expect(() => builder.config({ steps: 3 })).toThrow('config.steps')
    expect(() => builder.tools({ add }).mcp({ add })).toThrow('one tool named add')
  })

  it('names the verb that was given what it cannot take', () => {
    const builder = agentBuilder().model(model)
    const given: unknown[] = JSON.parse('[{"command":"npx"},[{}],null,5]')
    for (const tools of [...given, undefined])
      for (const verb of [builder.tools, builder.mcp])
        expect(() => Reflect.apply(verb, builder, [tools])).toThrow(/^tools(\.command|): expected/)
    expect(() => Reflect.apply(builder.metadata, builder, [])).toThrow('metadata: expected an object')
    expect(() => Reflect.apply(builder.config, builder, [])).toThrow('config: expected an object')
    const used: unknown = Reflect.apply(builder.use, builder, [])
    expect(() => Reflect.apply(builder.build, used, [])).not.toThrow()
    expect(() => builder.use(JSON.parse('null')).build()).toThrow('plugins: expected')
  })

  it('adds up limits and settings, the last of each holds', async () => {
    const script = scriptedModel(() => ({ toolCalls: [{ name: 'add', input: { at: Math.random() } }] }))
    const base = agentBuilder()
      .model(script)
      .tools({ add: tool({ description: 'adds', input: { type: 'object' }, execute: () => 3 }) })
      .config({ limits: { steps: 3 }, settings: { temperature: 1, seed: 7 } })
    const built = base.config({ limits: { tokens: 1e6 }, settings: { temperature: 0 } })
    expect(await built.build().run('?')).toMatchObject({ reason: 'steps', steps: 3 })
    expect(script.requests.at(-1)).toMatchObject({ temperature: 0, seed: 7 })
    expect(
      await built
        .config({ limits: { steps: 1 } })
        .build()
        .run('?'),
    ).toMatchObject({ steps: 1 })
  })
})

describe('createAgent', () => {
  it('refuses unknown options, a missing model and bad limits, naming each', () => {
    // @ts-expect-error unknown option
    expect(() => createAgent({ model, tool: {} })).toThrow('tool: expected one of model, name')
    // @ts-expect-error no model
    expect(() => createAgent({})).toThrow('model: expected a LanguageModel')
    for (const steps of [0, -1, 1.5, Number.NaN])
      expect(() => createAgent({ model, limits: { steps } })).toThrow('limits.steps: expected a whole number')
    // @ts-expect-error unknown limit
    expect(() => createAgent({ model, limits: { turns: 3 } })).toThrow('limits.turns: expected one of steps')
    expect(() => createAgent({ model, limits: { steps: Infinity } })).not.toThrow()
  })

  it('refuses tool names no provider takes, and two owners of one name, naming both', () => {
    expect(() => createAgent({ model, tools: { 'not ok': add } })).toThrow('"not ok"')
    const plugins = [{ name: 'p', tools: { add } }]
    expect(() => createAgent({ model, tools: { add }, plugins })).toThrow(
      /one of the agent and one of plugin .*p/,
    )
  })

  it('refuses saved states no run can go on from, naming what is wrong', async () => {
    const messages = [userText('hi')]
    const odd = {
      'input.messages[1]: expected role': { messages: [...messages, { role: 'system', content: [] }] },
      'input.messages[0]: expected role': { messages: [{ role: 'user', content: 'hi' }] },
      'input.steps: expected': { messages, steps: Number.NaN },
      'input.usage: expected': { messages, usage: { inputTokens: null } },
    }
    for (const [message, state] of Object.entries(odd)) {
      const saved: string = JSON.stringify(state, (_, value: unknown) => (Number.isNaN(value) ? -1 : value))
      await expect(createAgent({ model }).run(JSON.parse(saved))).rejects.toThrow(message)
    }
    expect((await createAgent({ model }).run({ messages })).text).toBe('ok')
  })

  it('refuses an input without messages', () => {
    for (const input of [null, 5, {}, { messages: [] }, { messages: 'hi' }])
      expect(() => createAgent({ model }).run(JSON.parse(JSON.stringify(input)))).toThrow(
        'input: expected a text',
      )
  })

  it.each<readonly [string, object]>([
    ['settings.temprature: expected one of toolChoice', { settings: { temprature: 0 } }],
    ['settings.signal: expected one of', { settings: { signal: new AbortController().signal } }],
    ['settings.deadline: expected one of', { settings: { deadline: 1 } }],
    ['settings.output: expected one of', { settings: { output: {} } }],
    ['settings: expected an object', { settings: 'warm' }],
    ['instructions: expected a text, received 5', { instructions: 5 }],
    ['name: expected a text', { name: {} }],
    ['tools: expected an object', { tools: [add] }],
    ['tools.command: expected what tool() makes', { tools: { command: 'npx' } }],
    ['plugins: expected plugins: { name', { plugins: [undefined] }],
    ['plugins: expected plugins: { name', { plugins: [{ setup: () => ({}) }] }],
    ['received a function', { plugins: [approval] }],
    ['tools.add: expected what tool() makes', { plugins: [{ name: 'p', tools: { add: {} } }] }],
  ])('says "%s"', (message, options) => {
    const build = (): unknown => createAgent({ model, ...options })
    expect(build).toThrow(InvalidArgument)
    expect(build).toThrow(message)
  })

  it.each<readonly [string, object]>([
    ['signl: expected one of runId', { signl: 1 }],
    ['signal: expected an AbortSignal', { signal: {} }],
    ['signal: expected an AbortSignal', { signal: null }],
    ['options: expected an object', ['?']],
  ])('refuses options of a run: "%s"', (message, options) => {
    const run = (): unknown => createAgent({ model }).run('?', options)
    expect(run).toThrow(InvalidArgument)
    expect(run).toThrow(message)
  })

  it('refuses an output that is no schema', async () => {
    const output = JSON.parse('"string"')
    await expect(createAgent({ model }).run('?', { output })).rejects.toThrow(
      'output: expected a Standard Schema or a JSON Schema',
    )
  })
})
