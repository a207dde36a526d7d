import { type LanguageModel, type ModelEvent, noUsage } from '@ashlar/core'

/**
 * A model of one fixed rule, so that the example runs with no key: it runs the question as a command, and answers with
 * what came of it. It understands nothing.
 */
export const commandRules = (): LanguageModel => ({
  provider: 'example',
  modelId: 'command-rules',
  async *stream({ messages, signal }): AsyncGenerator<ModelEvent> {
    signal?.throwIfAborted()
    const response = { provider: 'example', modelId: 'command-rules' }
    const last = messages.at(-1)
    if (last?.role === 'user') {
      const command = last.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
      yield { type: 'part', part: { type: 'tool-call', callId: 'run', name: 'exec', input: { command } } }
      yield { type: 'finish', reason: 'tool-calls', usage: noUsage, response }
      return
    }
    const text = last?.role === 'tool' ? last.content.map(({ output }) => output).join('\n') : ''
    yield { type: 'text-delta', text }
    yield { type: 'part', part: { type: 'text', text } }
    yield { type: 'finish', reason: 'stop', usage: noUsage, response }
  },
})
