import { isObject } from '@ashlar/core'
import { splitDeltas } from '../turn.ts'
import { created, type Dialect, type Reply } from './dialect.ts'

interface Message {
  readonly role: 'assistant'
  readonly content: string
  readonly thinking?: string
  readonly tool_calls?: readonly object[]
}

const createdAt = new Date(created * 1000).toISOString()

/** Ollama has parsed the arguments: text that is no JSON cannot travel, and comes as `{}`. */
const toolCalls = ({ turn }: Reply): object[] =>
  turn.parts
    .filter((part) => part.type === 'tool-call')
    .map(({ callId, name, input }, index) => ({
      id: callId,
      function: { index, name, arguments: isObject(input) ? input : {} },
    }))

const lastLine = ({ turn, model }: Reply, message: Message): object => ({
  model,
  created_at: createdAt,
  message,
  done: true,
  done_reason: turn.finish === 'length' ? 'length' : 'stop',
  total_duration: 1_000_000,
  load_duration: 100_000,
  prompt_eval_count: turn.usage.inputTokens,
  prompt_eval_duration: 200_000,
  eval_count: turn.usage.outputTokens,
  eval_duration: 700_000,
})

const line = (value: object): string => `${JSON.stringify(value)}\n`

function* messagesOf(reply: Reply): Generator<Message> {
  const { parts, deltaSize } = reply.turn
  for (const part of parts) {
    if (part.type === 'reasoning')
      for (const thinking of splitDeltas(part.text, deltaSize))
        yield { role: 'assistant', content: '', thinking }
    if (part.type === 'text')
      for (const content of splitDeltas(part.text, deltaSize)) yield { role: 'assistant', content }
  }
  const calls = toolCalls(reply)
  if (calls.length > 0) yield { role: 'assistant', content: '', tool_calls: calls }
}

/** Ollama's chat. Source: docs.ollama.com/api/chat and api/types.go of ollama/ollama. */
export const ollama: Dialect = {
  streamType: 'application/x-ndjson',
  idPrefix: 'ollama_',
  isStream: (request) => request['stream'] !== false,
  frames: (reply) => [
    ...Array.from(messagesOf(reply), (message) =>
      line({ model: reply.model, created_at: createdAt, message, done: false }),
    ),
    line(lastLine(reply, { role: 'assistant', content: '' })),
  ],
  body: (reply) => {
    const calls = toolCalls(reply)
    const { reasoning, text = '' } = reply.turn
    return lastLine(reply, {
      role: 'assistant',
      content: text,
      ...(reasoning && { thinking: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
    })
  },
  headers: () => ({}),
  failureBody: ({ message }) => ({ error: message }),
  failureFrame: ({ message }) => line({ error: message }),
  malformedFrame: '{"model":"m","created_at":"2023-11-14T22:13:20.000Z","mess\n',
}
