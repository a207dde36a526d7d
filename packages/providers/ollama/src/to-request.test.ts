import { type Message, type ModelRequest, userText } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { toRequest } from './to-request.ts'

const write = (request: Partial<ModelRequest>, more: object = {}): Record<string, unknown> => ({
  ...toRequest({ messages: [userText('hi')], ...request }, { modelId: 'm', provider: 'ollama', ...more }),
})
const messagesOf = (...messages: Message[]): unknown => write({ messages })['messages']

describe('toRequest', () => {
  it('writes settings as options', () => {
    const request = { maxOutputTokens: 5, temperature: 0.5, topP: 0.9, seed: 7, stop: ['x'] }
    expect(write(request, { contextLength: 8192, keepAlive: '5m' })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      truncate: false,
      keep_alive: '5m',
      options: { num_ctx: 8192, num_predict: 5, temperature: 0.5, top_p: 0.9, seed: 7, stop: ['x'] },
    })
    expect(write({ stop: [] })).not.toHaveProperty('options')
  })

  it('puts options of the runtime where Ollama reads them', () => {
    const ollama = { num_ctx: 100, keep_alive: 0, options: { top_k: 3 }, truncate: true }
    const body = write({ temperature: 1, providerOptions: { ollama, other: { num_ctx: 1 } } })
    expect(body).toMatchObject({ keep_alive: 0, truncate: true })
    expect(body['options']).toEqual({ temperature: 1, num_ctx: 100, top_k: 3 })
    expect(body).not.toHaveProperty('num_ctx')
  })

  it('thinks as asked, and refuses a budget', () => {
    expect(write({ reasoning: 'none' })['think']).toBe(false)
    expect(write({ reasoning: 'high' })['think']).toBe('high')
    expect(write({})).not.toHaveProperty('think')
    expect(() => write({ reasoning: { maxTokens: 5 } })).toThrow('Ollama has no budget')
  })

  it('cannot force a call, but can leave the tools out', () => {
    const tools = [{ name: 'add', description: 'Adds.', inputSchema: { type: 'object' } }]
    const written = {
      type: 'function',
      function: { name: 'add', description: 'Adds.', parameters: { type: 'object' } },
    }
    expect(write({ tools })['tools']).toEqual([written])
    expect(write({ tools, toolChoice: 'none' })).not.toHaveProperty('tools')
    for (const toolChoice of ['required', { tool: 'add' }] as const)
      expect(() => write({ tools, toolChoice })).toThrow('toolChoice')
  })

  it('sends images as base64 and text files as text', () => {
    const images: Message = {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', data: 'QQ==' },
        { type: 'image', url: 'data:image/png;base64,Qg==' },
        { type: 'file', mediaType: 'image/png', data: 'Qw==' },
        { type: 'file', mediaType: 'text/plain', name: 'a.txt', data: btoa('hello') },
        { type: 'file', mediaType: 'text/plain', data: btoa('there') },
      ],
    }
    const content = 'look\na.txt:\nhello\nthere'
    expect(messagesOf(images)).toEqual([{ role: 'user', content, images: ['QQ==', 'Qg==', 'Qw=='] }])
  })

  it('refuses addresses, which Ollama does not fetch, and files it cannot read', () => {
    const image = { type: 'image', url: 'https://example.com/a.png' } as const
    expect(() => messagesOf({ role: 'user', content: [image] })).toThrow(
      'image: expected base64 `data` (Ollama fetches no addresses: download it first), received "https://example.com/a.png"',
    )
    const pdf = { type: 'file', mediaType: 'application/pdf', data: 'QQ==' } as const
    expect(() => messagesOf({ role: 'user', content: [pdf] })).toThrow('file.mediaType')
  })

  it('sends thinking, calls and results back', () => {
    const answer: Message = {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'so' },
        { type: 'tool-call', callId: 'c', name: 'add', input: { a: 1 } },
        { type: 'tool-call', callId: 'd', name: 'add', input: '{"a' },
      ],
    }
    const results: Message = {
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          callId: 'c',
          name: 'add',
          output: '1',
          content: [{ type: 'image', data: 'QQ==' }],
        },
        { type: 'tool-result', callId: 'd', name: 'add', output: 'bad', isError: true },
      ],
    }
    expect(messagesOf(answer, results, { role: 'assistant', content: [] })).toEqual([
      {
        role: 'assistant',
        content: 'so',
        thinking: 'hm',
        tool_calls: [
          { id: 'c', function: { name: 'add', arguments: { a: 1 } } },
          { id: 'd', function: { name: 'add', arguments: { INVALID_JSON: '{"a' } } },
        ],
      },
      { role: 'tool', content: '1', images: ['QQ=='], tool_name: 'add', tool_call_id: 'c' },
      { role: 'tool', content: 'Error: bad', tool_name: 'add', tool_call_id: 'd' },
    ])
  })
})
