import type { Message, ModelRequest, ToolSpec } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { findServer } from '../server.ts'
import { toStrictSchema } from '../strict-schema.ts'
import { createToResponseRequest } from './to-request.ts'

interface Settings {
  readonly modelId?: string
  readonly strictTools?: boolean
  readonly encryptedReasoning?: boolean
}

const write = (request: Partial<ModelRequest>, settings: Settings = {}): Record<string, unknown> => {
  const { modelId = 'gpt-4.1', strictTools = false, encryptedReasoning } = settings
  const { server } = findServer('https://api.openai.com/v1')
  const toRequest = createToResponseRequest(
    {
      modelId,
      provider: 'openai',
      server,
      strictTools,
      encryptedReasoning,
    },
    toStrictSchema,
  )
  return { ...toRequest({ messages: [], ...request }) }
}
const inputOf = (messages: readonly Message[]): unknown => write({ messages })['input']

const add: ToolSpec = {
  name: 'add',
  description: 'Adds.',
  inputSchema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
}

describe('a request to the responses API', () => {
  it('stores nothing, and is as small as it can be', () => {
    expect(
      write({ messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }], deltas: false }),
    ).toEqual({
      model: 'gpt-4.1',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      store: false,
      stream: false,
    })
  })

  it('carries every setting', () => {
    const request: Partial<ModelRequest> = {
      instructions: 'Be brief.',
      maxOutputTokens: 10,
      temperature: 0,
      topP: 0.5,
      reasoning: 'high',
      tools: [add],
      toolChoice: { tool: 'add' },
      output: add.inputSchema,
      providerOptions: { openai: { service_tier: 'flex' } },
    }
    const closed = { ...add.inputSchema, additionalProperties: false }
    expect(write(request)).toEqual({
      model: 'gpt-4.1',
      input: [],
      store: false,
      stream: true,
      instructions: 'Be brief.',
      max_output_tokens: 10,
      temperature: 0,
      top_p: 0.5,
      reasoning: { effort: 'high' },
      tools: [
        { type: 'function', name: 'add', description: 'Adds.', parameters: add.inputSchema, strict: false },
      ],
      tool_choice: { type: 'function', name: 'add' },
      text: { format: { type: 'json_schema', name: 'answer', schema: closed, strict: true } },
      service_tier: 'flex',
    })
    expect(write({ tools: [add], toolChoice: 'required' }, { strictTools: true })).toMatchObject({
      tools: [{ parameters: closed, strict: true }],
      tool_choice: 'required',
    })
    const optional = { type: 'object', properties: { a: {} } }
    expect(write({ output: optional })).toMatchObject({
      text: { format: { schema: optional, strict: false } },
    })
  })

  it('refuses what the API has no field for', () => {
    expect(() => write({ stop: ['END'] })).toThrow(
      'stop: expected nothing (the responses API has no such field; chat does)',
    )
    expect(() => write({ seed: 1 })).toThrow('seed: expected nothing')
    expect(() => write({ reasoning: { maxTokens: 5 } })).toThrow('reasoning: expected')
    expect(write({ stop: [] })).not.toHaveProperty('stop')
  })

  it.each([
    ['gpt-5.2', true],
    ['o4-mini', true],
    ['gpt-5-codex', true],
    ['openai/gpt-5', true],
    ['gpt-5-chat-latest', false],
    ['gpt-4o', false],
    ['qwen3', false],
  ])('asks for thinking that can travel back where the model thinks: %s %s', (modelId, asks) => {
    const include = ['reasoning.encrypted_content']
    expect(write({}, { modelId })['include']).toEqual(asks ? include : undefined)
    expect(write({}, { modelId, encryptedReasoning: !asks })['include']).toEqual(asks ? undefined : include)
  })

  it('carries a conversation as items', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }
    const messages: Message[] = [
      {
        role: 'user',
        content: [
          { type: 'image', url: 'https://a.example/b.png' },
          { type: 'image', data: 'AAAA', providerData: { openai: { detail: 'high' } } },
          { type: 'file', url: 'https://a.example/b.pdf', mediaType: 'application/pdf' },
          { type: 'file', data: 'BBBB', mediaType: 'application/pdf', name: 'b.pdf' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: '', providerData: { openai: { item } } },
          { type: 'reasoning', text: 'of another vendor', providerData: { anthropic: { signature: 's' } } },
          { type: 'text', text: 'Let me see', providerData: { openai: { phase: 'commentary' } } },
          { type: 'tool-call', callId: 'c1', name: 'add', input: { a: 1 } },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', callId: 'c1', name: 'add', output: '2' },
          {
            type: 'tool-result',
            callId: 'c2',
            name: 'add',
            output: 'no',
            isError: true,
            content: [{ type: 'image', data: 'CCCC' }],
          },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'Two' }] },
    ]
    expect(inputOf(messages)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'auto' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'high' },
          { type: 'input_file', file_url: 'https://a.example/b.pdf' },
          { type: 'input_file', file_data: 'data:application/pdf;base64,BBBB', filename: 'b.pdf' },
        ],
      },
      item,
      { role: 'assistant', content: 'Let me see', phase: 'commentary' },
      { type: 'function_call', call_id: 'c1', name: 'add', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c1', output: '2' },
      {
        type: 'function_call_output',
        call_id: 'c2',
        output: [
          { type: 'input_text', text: 'Error: no' },
          { type: 'input_image', image_url: 'data:image/png;base64,CCCC', detail: 'auto' },
        ],
      },
      { role: 'assistant', content: 'Two' },
    ])
    const file = { type: 'file', mediaType: 'application/pdf' } as const
    expect(() => inputOf([{ role: 'user', content: [file] }])).toThrow('file part')
  })
})
