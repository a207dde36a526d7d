import { ModelError, type ModelEvent } from '@ashlar/core'
import { callClient, createAssembler } from '@ashlar/wire'
import { describe, expect, it } from 'vitest'
import { createChatReader, readChatAnswer } from './from-stream.ts'
import { answerTools } from './openai.ts'

const caller = { provider: 'acme', modelId: 'm' }

type Answer = Record<string, unknown>

const read = (answers: readonly Answer[], complete = true): readonly ModelEvent[] => {
  const turn = createAssembler()
  const context = { turn, provider: 'acme', modelId: 'm', headers: { 'x-request-id': 'r' }, secrets: [] }
  const reader = createChatReader(context)
  for (const answer of answers) reader.read(answer)
  reader.end(complete)
  return turn.take()
}

/** The same over the wire: an error in an answer is what the call fails with. */
const fetched = async (answers: readonly Answer[]): Promise<void> => {
  const body = answers.map((answer) => `data: ${JSON.stringify(answer)}\n\n`).join('')
  const events = readChatAnswer({
    response: await callClient({ ...caller, send: async () => new Response(body) }),
    caller,
    turn: createAssembler(),
    stream: true,
    tools: answerTools,
  })
  for await (const _ of events) continue
}

const parts = (answers: readonly Answer[]): unknown[] =>
  read(answers).flatMap((event) => (event.type === 'part' ? [event.part] : []))

const delta = (fields: object, finish_reason: string | null = null): Answer => ({
  choices: [{ delta: fields, finish_reason }],
})
const stop = delta({}, 'stop')

describe('a chat answer', () => {
  it('tells who answered', () => {
    const [end] = read([{ id: 'c1', model: 'm-2026', ...stop }]).slice(-1)
    expect(end).toMatchObject({ response: { provider: 'acme', modelId: 'm-2026', id: 'c1', requestId: 'r' } })
    expect(read([stop]).at(-1)).toMatchObject({ response: { modelId: 'm' } })
  })

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content-filter'],
    ['tool_calls', 'stop'],
    ['function_call', 'stop'],
    ['eos', 'other'],
  ])('without calls that ends with %s ends with %s', (wire, reason) => {
    expect(read([delta({ content: 'a' }, wire)]).at(-1)).toMatchObject({ reason })
  })

  it('ends with calls where there are calls, whatever the server says', () => {
    const call = { tool_calls: [{ index: 0, id: 'a', function: { name: 'x', arguments: '{}' } }] }
    expect(read([delta(call, 'stop')]).at(-1)).toMatchObject({ reason: 'tool-calls' })
    expect(read([delta(call, 'tool_calls')]).at(-1)).toMatchObject({ reason: 'tool-calls' })
    expect(read([delta(call)]).at(-1)).toMatchObject({ reason: 'tool-calls' })
    expect(read([delta(call, 'length')]).at(-1)).toMatchObject({ reason: 'length' })
  })

  it('is not finished when it only stops coming', () => {
    expect(read([delta({ content: 'a' })], false).some(({ type }) => type === 'finish')).toBe(false)
    expect(read([delta({ content: 'a' }, 'stop')], false).at(-1)).toMatchObject({ type: 'finish' })
    expect(read([delta({ content: 'a' })], true).at(-1)).toMatchObject({ type: 'finish', reason: 'other' })
  })

  it('takes the last usage there is, and estimates where there is none', () => {
    const usage = (completion_tokens: number): Answer => ({
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens },
    })
    expect(read([usage(1), stop, usage(2), { choices: [], usage: null }]).at(-1)).toMatchObject({
      usage: { inputTokens: 9, outputTokens: 2 },
    })
    expect(read([stop]).at(-1)).toMatchObject({ usage: { estimated: true } })
  })

  it('tells a refusal', () => {
    const events = read([delta({ refusal: "I can't" }), delta({ refusal: ' do that.' }), stop])
    expect(events).toMatchObject([
      { type: 'text-delta', text: "I can't do that." },
      { type: 'part', part: { type: 'text', text: "I can't do that." } },
      { type: 'finish', reason: 'content-filter' },
    ])
  })

  it('throws the error it holds', async () => {
    const failed = fetched([delta({ content: 'a' }), { error: { message: 'boom', code: 502 } }])
    await expect(failed).rejects.toThrow(ModelError)
    await expect(fetched([{ error: 'boom' }])).rejects.toThrow('acme/m: overloaded: boom')
    await expect(fetched([delta({ content: 'a' }), stop])).resolves.toBeUndefined()
  })

  it('copes with what servers leave out', () => {
    expect(
      parts([{}, { choices: [] }, { choices: [{}] }, delta({ content: null, tool_calls: null }), stop]),
    ).toEqual([])
  })
})

describe('thinking', () => {
  it.each(['reasoning_content', 'reasoning'])('comes in %s', (field) => {
    expect(
      parts([delta({ [field]: 'H' }), delta({ [field]: 'm', content: '' }), delta({ content: 'So' }), stop]),
    ).toEqual([
      { type: 'reasoning', text: 'Hm', providerData: { acme: { field } } },
      { type: 'text', text: 'So' },
    ])
  })

  it('comes with details that must travel back, in fragments', () => {
    const details = (...fragments: object[]): Answer =>
      delta({ reasoning: 'x', reasoning_details: fragments })
    const answers = [
      details({ type: 'reasoning.text', text: 'H', index: 0, signature: null }),
      details({ type: 'reasoning.text', text: 'm', index: 0, signature: 's', format: 'anthropic' }),
      details(
        { type: 'reasoning.encrypted', data: 'AA', index: 1 },
        { type: 'reasoning.summary', summary: 'no index' },
      ),
      delta({ content: 'So' }),
      delta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'BB', index: 2 }] }),
      stop,
    ]
    expect(parts(answers)).toEqual([
      {
        type: 'reasoning',
        text: 'xxx',
        providerData: {
          acme: {
            field: 'reasoning',
            details: [
              { type: 'reasoning.text', text: 'Hm', index: 0, signature: 's', format: 'anthropic' },
              { type: 'reasoning.encrypted', data: 'AA', index: 1 },
              { type: 'reasoning.summary', summary: 'no index' },
            ],
          },
        },
      },
      { type: 'text', text: 'So' },
      {
        type: 'reasoning',
        text: '',
        providerData: { acme: { details: [{ type: 'reasoning.encrypted', data: 'BB', index: 2 }] } },
      },
    ])
  })
})

describe('tool calls', () => {
  const fragments = (...calls: object[]): Answer => delta({ tool_calls: calls })

  it('come in fragments, side by side', () => {
    const answers = [
      fragments({ index: 0, id: 'a', function: { name: 'x', arguments: '' } }),
      fragments({ index: 1, id: 'b', function: { name: 'y', arguments: '{"k"' } }),
      fragments(
        { index: 0, function: { arguments: '{"n":1}' } },
        { index: 1, function: { arguments: ':2}' } },
      ),
      stop,
    ]
    expect(parts(answers)).toEqual([
      { type: 'tool-call', callId: 'a', name: 'x', input: { n: 1 } },
      { type: 'tool-call', callId: 'b', name: 'y', input: { k: 2 } },
    ])
  })

  it.each([
    [
      'all with the index 0',
      [
        { index: 0, id: 'a', function: { name: 'x', arguments: '{}' } },
        { index: 0, id: 'b', function: { name: 'y', arguments: '{}' } },
      ],
    ],
    [
      'without an index',
      [
        { id: 'a', function: { name: 'x', arguments: '{' } },
        { function: { arguments: '}' } },
        { id: 'b', function: { name: 'y', arguments: '{}' } },
      ],
    ],
    [
      'with their id in every fragment',
      [
        { index: 0, id: 'a', function: { name: 'x', arguments: '{' } },
        { index: 0, id: 'a', function: { arguments: '}' } },
        { index: 1, id: 'b', function: { name: 'y', arguments: '{}' } },
      ],
    ],
    [
      'with arguments that are no text',
      [
        { index: 0, id: 'a', function: { name: 'x', arguments: {} } },
        { index: 1, id: 'b', function: { name: 'y', arguments: null } },
      ],
    ],
  ])('come %s', (_, calls) => {
    expect(parts([...calls.map((call) => fragments(call)), stop])).toEqual([
      { type: 'tool-call', callId: 'a', name: 'x', input: {} },
      { type: 'tool-call', callId: 'b', name: 'y', input: {} },
    ])
  })

  it('get an id where the server gives none', () => {
    const call = { index: 0, function: { name: 'x', arguments: '{}' } }
    expect(parts([{ id: 'c1', ...fragments(call) }, stop])).toMatchObject([{ callId: 'c1_0' }])
    expect(parts([fragments(call), stop])).toMatchObject([{ callId: 'call_0' }])
  })

  it('stay text where they do not parse, and where they were cut off', () => {
    const call = (text: string): Answer =>
      fragments({ index: 0, id: 'a', function: { name: 'x', arguments: text } })
    expect(parts([call('{"a":'), stop])).toMatchObject([{ input: '{"a":' }])
    expect(parts([call(''), stop])).toMatchObject([{ input: {} }])
    expect(parts([call(''), delta({}, 'length')])).toMatchObject([{ input: '' }])
  })

  it('keep what must travel back with them', () => {
    const extra_content = { google: { thought_signature: 's' } }
    expect(
      parts([
        fragments({ index: 0, id: 'a', function: { name: 'x', arguments: '{}' }, extra_content }),
        stop,
      ]),
    ).toMatchObject([{ providerData: { acme: { extra_content } } }])
  })
})
