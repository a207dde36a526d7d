import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Agent,
  type AgentEvent,
  createAgent,
  type LanguageModel,
  ModelError,
  type Plugin,
  tool,
  type Tool,
  type Tools,
} from '@ashlar/core'
import type { ScriptedTurn } from '../script.ts'
import { scriptedModel } from '../scripted-model.ts'

/** One thing the contract of plugins asks for. */
export type PluginCheck = readonly [name: string, test: (plugin: Plugin) => Promise<void>]

/** What the scripted model says last. */
export const answer: string = 'The sum is three.'
const calls: readonly ScriptedTurn[] = [
  { reasoning: 'I should add.', text: 'Let me add.', toolCalls: [{ name: 'add', input: { a: 1, b: 2 } }] },
  { text: answer, deltaSize: 3 },
]

/** A tool that adds two numbers. */
export const add: Tool = tool({
  description: 'Adds two numbers.',
  input: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  annotations: { readOnly: true },
  execute: async ({ a, b }) => `${a + b}`,
})

/** An agent with only this plugin. */
export const agentWith = (plugin: Plugin, model: LanguageModel, tools: Tools = { add }): Agent =>
  createAgent({ model, tools, plugins: [plugin] })

const read = async (run: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> => {
  const events: AgentEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

/** What the model was used for: whether each stream was read to its end. */
const watched = (model: LanguageModel): { model: LanguageModel; ended: boolean[] } => {
  const ended: boolean[] = []
  async function* stream(...[request]: Parameters<LanguageModel['stream']>) {
    const at = ended.push(false) - 1
    yield* model.stream(request)
    ended[at] = true
  }
  return { ended, model: { provider: model.provider, modelId: model.modelId, stream } }
}

const undisturbed: PluginCheck[] = [
  [
    'lets a run with a tool go on to its answer',
    async (plugin) => {
      const model = scriptedModel(calls)
      const result = await agentWith(plugin, model).run('1 + 2?')
      assert.deepEqual([result.reason, result.text], ['done', answer])
      const results = result.messages.flatMap(({ role, content }) => (role === 'tool' ? content : []))
      assert.deepEqual(
        results.map(({ callId, output }) => [callId, output]),
        [['call_1', '3']],
      )
      model.assertComplete()
    },
  ],
  [
    'passes every event on, in order, each once',
    async (plugin) => {
      const events = await read(agentWith(plugin, scriptedModel(calls)).run('1 + 2?'))
      const without = await read(createAgent({ model: scriptedModel(calls), tools: { add } }).run('1 + 2?'))
      assert.deepEqual(
        events.map(({ type }) => type),
        without.map(({ type }) => type),
      )
      const text = (from: readonly AgentEvent[]): string =>
        from.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
      assert.equal(text(events), text(without))
    },
  ],
  [
    'reads the answer of the model to its end',
    async (plugin) => {
      const { model, ended } = watched(scriptedModel(calls))
      await read(agentWith(plugin, model).run('1 + 2?'))
      assert.deepEqual(ended, [true, true])
    },
  ],
  [
    'leaves usage and the wish for no deltas alone',
    async (plugin) => {
      const model = scriptedModel(calls)
      const { usage } = await agentWith(plugin, model).run('1 + 2?')
      assert.deepEqual([usage.inputTokens, usage.outputTokens], [20, 10])
      assert.deepEqual(
        model.requests.map(({ deltas }) => deltas),
        [false, false],
      )
    },
  ],
  [
    'lets a run pause for an answer of the caller',
    async (plugin) => {
      const ask = tool({ description: 'Asks the person.' })
      const model = scriptedModel([{ toolCalls: [{ name: 'ask' }] }])
      const { reason, pending } = await agentWith(plugin, model, { ask }).run('Ask them.')
      assert.deepEqual([reason, pending.map(({ name }) => name)], ['paused', ['ask']])
    },
  ],
  [
    'keeps runs at the same time apart',
    async (plugin) => {
      const model = scriptedModel(async ({ messages }) => {
        await sleep(1)
        return `You said: ${JSON.stringify(messages.at(-1)?.content)}`
      })
      const agent = agentWith(plugin, model)
      const inputs = Array.from({ length: 10 }, (_, index) => `message ${index}`)
      const results = await Promise.all(inputs.map((input) => agent.run(input)))
      for (const [index, { text, messages }] of results.entries()) {
        assert.match(text, new RegExp(`message ${index}"`))
        assert(!JSON.stringify(messages).includes(`message ${(index + 1) % 10}`), 'runs share nothing')
      }
    },
  ],
]

const failures: PluginCheck[] = [
  [
    'passes the error of a model on unchanged, early and late',
    async (plugin) => {
      for (const errorAfter of [0, 2]) {
        const facts = { kind: 'overloaded', provider: 'scripted', modelId: 'scripted' } as const
        const error = new ModelError('too busy', facts)
        const run = agentWith(plugin, scriptedModel([{ text: answer, error, errorAfter }])).run('hello')
        assert.equal(await run.catch((thrown: unknown) => thrown), error)
      }
    },
  ],
  [
    'lets the model read what went wrong in a tool',
    async (plugin) => {
      const broken = tool({
        description: 'Fails.',
        execute: async () => {
          throw new Error('out of order')
        },
      })
      const model = scriptedModel([{ toolCalls: [{ name: 'broken' }] }, 'I see.'])
      const { text, messages } = await agentWith(plugin, model, { broken }).run('Try it.')
      assert.equal(text, 'I see.')
      assert.match(JSON.stringify(messages), /out of order/)
    },
  ],
]

/** What a plugin makes of runs that nobody stops. */
export const pluginChecks: readonly PluginCheck[] = [...undisturbed, ...failures]
