import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, type LanguageModel, type Plugin, RunAborted, tool, type Tools } from '@ashlar/core'
import { scriptedModel } from '../scripted-model.ts'
import { add, agentWith, answer, type PluginCheck } from './plugin-checks.ts'

/** What an abort of a run that waits comes to; and whether the signals are free of listeners afterwards. */
const abortWaiting = async (plugin: Plugin, model: LanguageModel, tools: Tools): Promise<void> => {
  const signals: AbortSignal[] = []
  const probe: Plugin = {
    name: 'probe',
    setup(run) {
      signals.push(run.signal)
      return {}
    },
  }
  const controller = new AbortController()
  const agent = createAgent({ model, tools, plugins: [probe, plugin] })
  const run = agent.run('hello', { signal: controller.signal })
  const reason = new Error('enough')
  setTimeout(() => controller.abort(reason), 20)
  const thrown: unknown = await run.catch((error: unknown) => error)
  assert(RunAborted.isInstance(thrown), `expected RunAborted, got ${String(thrown)}`)
  assert.equal(thrown.cause, reason)
  await sleep(1)
  for (const signal of [controller.signal, ...signals])
    assert.equal(getEventListeners(signal, 'abort').length, 0, 'a listener is left on a signal')
}

/** What a plugin makes of a run that is told to stop. */
export const pluginAbortChecks: readonly PluginCheck[] = [
  [
    'does not swallow an abort while the model answers',
    async (plugin) => {
      const signals: AbortSignal[] = []
      const slow = scriptedModel([{ text: answer, delayMs: 60_000 }])
      await abortWaiting(plugin, watchedSignals(slow, signals), { add })
      assert(
        signals.some(({ aborted }) => aborted),
        'the model was told',
      )
    },
  ],
  [
    'does not swallow an abort while a tool works',
    async (plugin) => {
      let aborted = false
      const slow = tool({
        description: 'Takes long.',
        execute: (_, { signal }) =>
          sleep(60_000, '', { signal }).catch((error: unknown) => {
            aborted = signal.aborted
            throw error
          }),
      })
      await abortWaiting(plugin, scriptedModel([{ toolCalls: [{ name: 'slow' }] }]), { slow })
      assert(aborted, 'the tool was told')
    },
  ],
  [
    'lets go of the model when the reader leaves early',
    async (plugin) => {
      let left = false
      async function* stream() {
        try {
          yield { type: 'text-delta', text: 'one' } as const
          yield { type: 'text-delta', text: 'two' } as const
          await new Promise(() => undefined)
        } finally {
          left = true
        }
      }
      const model: LanguageModel = { provider: 'endless', modelId: 'endless', stream }
      for await (const { type } of agentWith(plugin, model).run('hello')) if (type === 'text-delta') break
      assert(left, 'the stream of the model is closed')
    },
  ],
  [
    'leaves no listener on the signal of a run that ended',
    async (plugin) => {
      const { signal } = new AbortController()
      assert.deepEqual(await listenersLeft([plugin], signal), await listenersLeft([], signal))
      assert.equal(getEventListeners(signal, 'abort').length, 0)
    },
  ],
]

/** Listeners left on the own signals of three runs, which the agent may listen to itself. */
const listenersLeft = async (plugins: readonly Plugin[], signal: AbortSignal): Promise<number[]> => {
  const signals: AbortSignal[] = []
  const watching: Plugin = { name: 'watching', setup: (run) => (signals.push(run.signal), {}) }
  const agent = createAgent({ model: scriptedModel(() => answer), plugins: [...plugins, watching] })
  for (let round = 0; round < 3; round++) await agent.run('hello', { signal })
  return signals.map((each) => getEventListeners(each, 'abort').length)
}

const watchedSignals = (model: LanguageModel, signals: AbortSignal[]): LanguageModel => ({
  provider: model.provider,
  modelId: model.modelId,
  stream(request) {
    if (request.signal) signals.push(request.signal)
    return model.stream(request)
  },
})
