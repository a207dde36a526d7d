import type { AssistantPart, Message, ModelRequest, ToolSpec } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import type { RequestWriter } from './request-writer.ts'
import * as richContent from './rich-content.ts'
import { findServer } from './server.ts'
import { createToRequest, isRichRequest } from './to-request.ts'

const writerAt = (baseURL: string, strictTools = false): RequestWriter => {
  const { server } = findServer(baseURL)
  return { modelId: 'm', provider: server.name, server, strictTools }
}
const official = writerAt('https://api.openai.com/v1')

const write = (request: Partial<ModelRequest>, writer: RequestWriter = official): Record<string, unknown> =>
  // What is undefined is not sent.
  JSON.parse(JSON.stringify(createToRequest(writer, () => richContent)({ messages: [], ...request })))
const messagesOf = (messages: readonly Message[], writer?: RequestWriter): unknown =>
  write({ messages }, writer)['messages']

const add: ToolSpec = {
  name: 'add',
  description: 'Adds.',
  inputSchema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
}

describe('a chat request', () => {
  it('is as small as it can be', () => {
    expect(write({ messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(write({ deltas: false })).toEqual({ model: 'm', messages: [], stream: false })
  })

  it('carries every setting', () => {
    const request: Partial<ModelRequest> = {
      instructions: 'Be brief.',
      maxOutputTokens: 10,
      temperature: 0,
      topP: 0.5,
      stop: ['END'],
      seed: 7,
      reasoning: 'low',
      tools: [add],
      toolChoice: { tool: 'add' },
      providerOptions: { openai: { service_tier: 'flex' }, other: { ignored: true } },
    }
    expect(write(request)).toMatchObject({
      messages: [{ role: 'system', content: 'Be brief.' }],
      max_completion_tokens: 10,
      temperature: 0,
      top_p: 0.5,
      stop: ['END'],
      seed: 7,
      reasoning_effort: 'low',
      tools: [
        { type: 'function', function: { name: 'add', description: 'Adds.', parameters: add.inputSchema } },
      ],
      tool_choice: { type: 'function', function: { name: 'add' } },
      service_tier: 'flex',
    })
    expect(write(request)).not.toHaveProperty('ignored')
    expect(write(request)).not.toHaveProperty('max_tokens')
  })

  it('speaks to compatible servers in the words they know', () => {
    const local = write({ maxOutputTokens: 10 }, writerAt('http://127.0.0.1:1234/v1'))
    expect(local).toMatchObject({ max_tokens: 10, stream_options: { include_usage: true } })
    expect(local).not.toHaveProperty('max_completion_tokens')
    expect(write({}, writerAt('https://api.mistral.ai/v1'))).not.toHaveProperty('stream_options')
    const budget = { reasoning: { maxTokens: 2000 } }
    expect(write(budget, writerAt('https://openrouter.ai/api/v1'))).toMatchObject({
      reasoning: { max_tokens: 2000 },
    })
    expect(() => write(budget)).toThrow("reasoning: expected 'none', 'low', 'medium' or 'high'")
  })

  it.each([
    ['auto', 'auto'],
    ['none', 'none'],
    ['required', 'required'],
  ] as const)('carries the choice %s', (toolChoice, expected) => {
    expect(write({ tools: [add], toolChoice })['tool_choice']).toBe(expected)
  })

  it('demands no call where there are no tools', () => {
    expect(write({ toolChoice: 'none' })).not.toHaveProperty('tool_choice')
    expect(write({ toolChoice: 'auto', tools: [] })).not.toHaveProperty('tools')
    expect(() => write({ toolChoice: 'required' })).toThrow('toolChoice: expected tools to choose from')
    expect(() => write({ toolChoice: { tool: 'add' } })).toThrow('toolChoice')
  })

  it('asks for JSON, strictly where the schema allows it', () => {
    const closed = { ...add.inputSchema, additionalProperties: false }
    expect(write({ output: add.inputSchema })['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: closed, strict: true },
    })
    const optional = { type: 'object', properties: { a: { type: 'number' } } }
    expect(write({ output: optional })['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: optional, strict: false },
    })
  })

  it('asks for strict arguments only when told to', () => {
    expect(write({ tools: [add] }, writerAt('https://api.openai.com/v1', true))['tools']).toMatchObject([
      { function: { strict: true, parameters: { additionalProperties: false } } },
    ])
  })

  it('needs nothing more for texts and calls, and says when it does', () => {
    const messages: Message[] = [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool-call', callId: '1', name: 'add', input: {} }] },
      { role: 'tool', content: [{ type: 'tool-result', callId: '1', name: 'add', output: '3' }] },
    ]
    const request: ModelRequest = { messages, tools: [add], temperature: 0 }
    expect(isRichRequest(request, official)).toBe(false)
    const bare = createToRequest(official, () => undefined)
    expect(bare(request)).toEqual(createToRequest(official, () => richContent)(request))
    const image: Message = { role: 'user', content: [{ type: 'image', data: 'AAAA' }] }
    const thought: Message = { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }] }
    const result = { type: 'tool-result', callId: '1', name: 'a', output: '' } as const
    const shot: Message = { role: 'tool', content: [{ ...result, content: [{ type: 'image', data: 'A' }] }] }
    for (const message of [image, thought, shot])
      expect(isRichRequest({ messages: [...messages, message] }, official)).toBe(true)
    expect(isRichRequest({ ...request, output: {} }, official)).toBe(true)
    expect(isRichRequest(request, writerAt('https://api.openai.com/v1', true))).toBe(true)
  })

  it('converts a message and a tool once', () => {
    const toRequest = createToRequest(official, () => richContent)
    const first: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
    const second: Message = { role: 'assistant', content: [{ type: 'text', text: 'Ho' }] }
    const a = toRequest({ messages: [first], tools: [add], output: add.inputSchema })
    const b = toRequest({ messages: [first, second], tools: [add], output: add.inputSchema })
    expect(b.messages[0]).toBe(a.messages[0])
    expect(b.tools?.[0]).toBe(a.tools?.[0])
    expect(b.response_format).toBe(a.response_format)
  })
})

describe('the messages of a chat', () => {
  it('show pictures and files', () => {
    const content: Extract<Message, { role: 'user' }>['content'] = [
      { type: 'text', text: 'Look' },
      { type: 'image', url: 'https://a.example/b.png' },
      { type: 'image', data: 'AAAA' },
      { type: 'image', data: 'BBBB', mediaType: 'image/jpeg', providerData: { openai: { detail: 'low' } } },
      { type: 'file', data: 'CCCC', mediaType: 'application/pdf', name: 'a.pdf' },
      { type: 'file', data: 'DDDD', mediaType: 'audio/wav' },
    ]
    expect(messagesOf([{ role: 'user', content }])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,BBBB', detail: 'low' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,CCCC', filename: 'a.pdf' } },
          { type: 'input_audio', input_audio: { data: 'DDDD', format: 'wav' } },
        ],
      },
    ])
  })

  it('refuse what they cannot carry', () => {
    const file = { type: 'file', url: 'https://a.example/b.pdf', mediaType: 'application/pdf' } as const
    expect(() => messagesOf([{ role: 'user', content: [file] }])).toThrow('api: responses does')
    expect(() => messagesOf([{ role: 'user', content: [{ type: 'image' }] }])).toThrow(
      'expected base64 data or a url',
    )
  })

  it('answer calls one by one, with what is no text after them', () => {
    const messages: Message[] = [
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', callId: '1', name: 'shot', input: { a: 1 } },
          { type: 'tool-call', callId: '2', name: 'shot', input: '{"broken' },
          { type: 'tool-call', callId: '3', name: 'shot', input: undefined },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            callId: '1',
            name: 'shot',
            output: 'done',
            content: [{ type: 'image', data: 'AAAA' }],
          },
          { type: 'tool-result', callId: '2', name: 'shot', output: 'bad input', isError: true },
          { type: 'tool-result', callId: '3', name: 'shot', output: 'Error: bad', isError: true },
        ],
      },
    ]
    expect(messagesOf(messages)).toEqual([
      {
        role: 'assistant',
        tool_calls: [
          { id: '1', type: 'function', function: { name: 'shot', arguments: '{"a":1}' } },
          { id: '2', type: 'function', function: { name: 'shot', arguments: '{"broken' } },
          { id: '3', type: 'function', function: { name: 'shot', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: '1', content: 'done' },
      { role: 'tool', tool_call_id: '2', content: 'Error: bad input' },
      { role: 'tool', tool_call_id: '3', content: 'Error: bad' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached to the result of shot (1):' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ])
  })

  it('send thinking back with its calls, to the server it came from', () => {
    const thought: AssistantPart = {
      type: 'reasoning',
      text: 'Hm.',
      providerData: {
        openrouter: {
          field: 'reasoning',
          details: [{ type: 'reasoning.text', text: 'Hm.', signature: 's' }],
        },
      },
    }
    const more: AssistantPart = {
      type: 'reasoning',
      text: '',
      providerData: { openrouter: { details: [{ type: 'reasoning.encrypted', data: 'x' }] } },
    }
    const call: AssistantPart = {
      type: 'tool-call',
      callId: '1',
      name: 'add',
      input: {},
      providerData: { gemini: { extra_content: { google: { thought_signature: 't' } } } },
    }
    const messages: Message[] = [
      {
        role: 'assistant',
        content: [thought, { type: 'text', text: 'So' }, more, call],
      },
    ]
    expect(messagesOf(messages, writerAt('https://openrouter.ai/api/v1'))).toEqual([
      {
        role: 'assistant',
        content: 'So',
        reasoning: 'Hm.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm.', signature: 's' },
          { type: 'reasoning.encrypted', data: 'x' },
        ],
        tool_calls: [{ id: '1', type: 'function', function: { name: 'add', arguments: '{}' } }],
      },
    ])
    expect(messagesOf(messages)).toEqual([
      {
        role: 'assistant',
        content: 'So',
        tool_calls: [{ id: '1', type: 'function', function: { name: 'add', arguments: '{}' } }],
      },
    ])
    expect(
      messagesOf(messages, writerAt('https://generativelanguage.googleapis.com/v1beta/openai')),
    ).toMatchObject([{ tool_calls: [{ id: '1', extra_content: { google: { thought_signature: 't' } } }] }])
    expect(
      messagesOf(
        [{ role: 'assistant', content: [thought, { type: 'text', text: 'So' }] }],
        writerAt('https://openrouter.ai/api/v1'),
      ),
    ).toEqual([{ role: 'assistant', content: 'So' }])
  })
})
