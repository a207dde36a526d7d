import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { agentBuilder, createAgent, type Plugin, tool, userText } from './index.ts'

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

  it('refuses saved states no run can go on from, naming what is wrong', () => {
    const messages = [userText('hi')]
    const odd = {
      'input: expected a text': null,
      'input.messages[1]: expected role': { messages: [...messages, { role: 'system', content: [] }] },
      'input.messages[0]: expected role': { messages: [{ role: 'user', content: 'hi' }] },
      'input.steps: expected': { messages, steps: Number.NaN },
      'input.usage: expected': { messages, usage: { inputTokens: null } },
    }
    for (const [message, state] of Object.entries(odd)) {
      const saved: string = JSON.stringify(state, (_, value: unknown) => (Number.isNaN(value) ? -1 : value))
      expect(() => createAgent({ model }).run(JSON.parse(saved))).toThrow(message)
    }
    expect(() => createAgent({ model }).run({ messages })).not.toThrow()
  })

  it('refuses an input without messages', () => {
    expect(() => createAgent({ model }).run({ messages: [] })).toThrow('at least one message')
  })
})
