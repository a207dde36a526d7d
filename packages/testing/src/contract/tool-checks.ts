import assert from 'node:assert/strict'
import { type AssistantPart, type Message, userText } from '@ashlar/core'
import type { WireDialect } from '../wire/index.ts'
import { type Check, hello, read } from './bench.ts'
import { sentCalls, sentResults, sentSignature } from './sent.ts'

const add = { name: 'add', input: { a: 1, b: [2, 3], note: 'ß' }, callId: 'call_a' }
const look = { name: 'look', input: {}, callId: 'call_b' }

const withoutData = (parts: readonly AssistantPart[]): object[] =>
  parts.map(({ providerData: _, ...part }) => part)

const calls: Check = [
  'hands over parallel calls in order, with their ids',
  async ({ server, model }) => {
    for (const deltas of [true, false]) {
      server.enqueue({ text: 'Let me see.', toolCalls: [add, look], deltaSize: 4 })
      const { parts } = await read(model.stream({ ...hello, deltas }))
      assert.deepEqual(withoutData(parts), [
        { type: 'text', text: 'Let me see.' },
        { type: 'tool-call', ...add },
        { type: 'tool-call', ...look },
      ])
    }
  },
]

const roundTrip = (dialect: WireDialect): Check => [
  'sends calls and results back as the vendor wants them',
  async ({ server, model }) => {
    server.enqueue(
      { reasoning: 'Hm.', text: 'Let me see.', toolCalls: [add, look], signature: 'sealed' },
      'Six.',
    )
    const question = userText('1 + 2 + 3?')
    const { parts } = await read(model.stream({ messages: [question] }))
    const messages: Message[] = [
      question,
      { role: 'assistant', content: [...parts] },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', callId: 'call_a', name: 'add', output: '6' },
          { type: 'tool-result', callId: 'call_b', name: 'look', output: 'nobody is there', isError: true },
        ],
      },
    ]
    assert.deepEqual((await read(model.stream({ messages }))).parts, [{ type: 'text', text: 'Six.' }])
    const body = server.requests[1]?.body ?? {}
    assert.deepEqual(
      sentCalls(dialect, body).map(({ name, input }) => ({ name, input })),
      [add, look].map(({ name, input }) => ({ name, input })),
    )
    if (dialect !== 'ollama')
      assert.deepEqual(
        sentCalls(dialect, body).map(({ id }) => id),
        ['call_a', 'call_b'],
      )
    const [first, second] = sentResults(dialect, body)
    assert.deepEqual(
      [first?.of, first?.text, second?.of],
      dialect === 'ollama' ? ['add', '6', 'look'] : ['call_a', '6', 'call_b'],
    )
    assert.match(second?.text ?? '', /nobody is there/)
    if (dialect === 'anthropic' || dialect === 'openai-responses')
      assert.equal(sentSignature(dialect, body), 'sealed', 'reasoning goes back with its signature')
  },
]

/** Anthropic parses arguments before it answers plainly, so only its streams can carry broken ones. */
const modes = (dialect: WireDialect): boolean[] => (dialect === 'anthropic' ? [true] : [true, false])

const inputOf = (parts: readonly AssistantPart[]): unknown => {
  const call = parts.find(({ type }) => type === 'tool-call')
  return call?.type === 'tool-call' ? call.input : assert.fail('there is no call')
}

const brokenInput = (dialect: WireDialect): Check => [
  'hands over arguments that are no JSON as the text they are',
  async ({ server, model }) => {
    for (const deltas of modes(dialect)) {
      server.enqueue({ toolCalls: [{ ...add, input: '{"a": 1, "b' }] })
      const { parts } = await read(model.stream({ ...hello, deltas }))
      assert.equal(inputOf(parts), '{"a": 1, "b')
    }
  },
]

const noInput = (dialect: WireDialect): Check => [
  'takes arguments that were left empty for none',
  async ({ server, model }) => {
    for (const deltas of modes(dialect)) {
      server.enqueue({ toolCalls: [{ ...look, input: '' }] })
      const { parts } = await read(model.stream({ ...hello, deltas }))
      assert.deepEqual(inputOf(parts), {})
    }
  },
]

/** What a model makes of tool calls. */
export const toolChecks = (dialect: WireDialect): Check[] => [
  calls,
  roundTrip(dialect),
  // Ollama parses arguments itself: there is no way to send broken ones.
  ...(dialect === 'ollama' ? [] : [brokenInput(dialect), noInput(dialect)]),
]
