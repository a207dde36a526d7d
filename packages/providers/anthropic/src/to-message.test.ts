import type { Message, UserPart } from '@ashlar/core'
import type { AssistantMessage } from '@ashlar/core/message'
import { describe, expect, it } from 'vitest'
import { createMessageWriter, toMessage } from './to-message.ts'

const user = (...content: UserPart[]) => toMessage({ role: 'user', content }, 'anthropic').param.content
const assistant = (...content: AssistantMessage['content']) =>
  toMessage({ role: 'assistant', content }, 'anthropic').param.content

describe("the user's parts", () => {
  it('drops text without a visible character', () => {
    expect(
      user({ type: 'text', text: '' }, { type: 'text', text: ' \n' }, { type: 'text', text: 'a' }),
    ).toEqual([{ type: 'text', text: 'a' }])
  })

  it('sends images by data or by url', () => {
    expect(
      user(
        { type: 'image', data: 'QUJD' },
        { type: 'image', data: 'QUJD', mediaType: 'image/webp' },
        { type: 'image', url: 'https://example.com/a.png' },
        { type: 'image', url: 'data:image/gif;base64,QUJD' },
        { type: 'file', mediaType: 'image/jpeg', data: 'QUJD' },
      ),
    ).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'QUJD' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'QUJD' } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/gif', data: 'QUJD' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'QUJD' } },
    ])
  })

  it('sends PDFs and text as documents', () => {
    const text = Buffer.from('Grüße').toString('base64')
    expect(
      user(
        { type: 'file', mediaType: 'application/pdf', data: 'JVBE', name: 'a.pdf' },
        { type: 'file', mediaType: 'application/pdf', url: 'https://example.com/a.pdf' },
        { type: 'file', mediaType: 'text/markdown', data: text },
      ),
    ).toEqual([
      {
        type: 'document',
        title: 'a.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      },
      { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
    ])
  })

  it('adds what providerData says: an uploaded file, citations, a breakpoint', () => {
    const message: Message = {
      role: 'user',
      content: [
        {
          type: 'file',
          mediaType: 'application/pdf',
          providerData: {
            anthropic: { source: { type: 'file', file_id: 'file_1' }, citations: { enabled: true } },
          },
        },
        { type: 'text', text: 'a', providerData: { anthropic: { cache_control: { type: 'ephemeral' } } } },
      ],
    }
    const converted = toMessage(message, 'anthropic')
    expect(converted.param.content).toEqual([
      { type: 'document', source: { type: 'file', file_id: 'file_1' }, citations: { enabled: true } },
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
    ])
    expect(converted.breakpoints).toBe(1)
  })

  it.each<[UserPart, string]>([
    [{ type: 'image', data: 'QUJD', mediaType: 'image/tiff' }, 'image.mediaType: expected one of image/jpeg'],
    [{ type: 'image' }, 'image: expected base64'],
    [{ type: 'file', mediaType: 'application/pdf' }, 'file: expected base64'],
    [
      { type: 'file', mediaType: 'application/zip', data: 'QUJD' },
      'file.mediaType: expected application/pdf',
    ],
    [{ type: 'file', mediaType: 'text/plain', url: 'https://example.com' }, 'file.mediaType: expected'],
  ])('refuses %j', (part, message) => {
    expect(() => user(part)).toThrow(message)
  })
})

describe("the model's parts", () => {
  it('sends thinking back as it came, and drops that of other vendors', () => {
    expect(
      assistant(
        { type: 'reasoning', text: 'Hm.', providerData: { anthropic: { signature: 'sig' } } },
        { type: 'reasoning', text: '', providerData: { anthropic: { signature: 'omitted' } } },
        { type: 'reasoning', text: '', providerData: { anthropic: { data: 'encrypted' } } },
        {
          type: 'reasoning',
          text: '',
          providerData: { anthropic: { block: { type: 'server_tool_use', id: 's' } } },
        },
        { type: 'reasoning', text: 'elsewhere', providerData: { openai: { id: 'rs_1' } } },
        { type: 'reasoning', text: 'cut short' },
        {
          type: 'text',
          text: 'Yes.',
          providerData: { anthropic: { citations: [{ type: 'page_location' }] } },
        },
        { type: 'text', text: '' },
      ),
    ).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
      { type: 'thinking', thinking: '', signature: 'omitted' },
      { type: 'redacted_thinking', data: 'encrypted' },
      { type: 'server_tool_use', id: 's' },
      { type: 'text', text: 'Yes.', citations: [{ type: 'page_location' }] },
    ])
  })

  it('sends calls with arguments the API takes', () => {
    expect(
      assistant(
        { type: 'tool-call', callId: 'a', name: 'f', input: { x: 1 } },
        { type: 'tool-call', callId: 'call|fc.1', name: 'f', input: '{"x": ' },
        {
          type: 'tool-call',
          callId: 'c',
          name: 'f',
          input: {},
          providerData: { anthropic: { toolset_name: 'browser' } },
        },
      ),
    ).toEqual([
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'call_fc_1', name: 'f', input: { INVALID_JSON: '{"x": ' } },
      { type: 'tool_use', id: 'c', name: 'f', input: {}, toolset_name: 'browser' },
    ])
  })
})

const result = (callId: string): Message => ({
  role: 'tool',
  content: [{ type: 'tool-result', callId, name: 'f', output: callId }],
})

describe('tool results', () => {
  it('have text, images and an error mark', () => {
    const message: Message = {
      role: 'tool',
      content: [
        { type: 'tool-result', callId: 'a', name: 'f', output: 'text' },
        { type: 'tool-result', callId: 'b|1', name: 'f', output: 'No such city', isError: true },
        {
          type: 'tool-result',
          callId: 'c',
          name: 'f',
          output: 'a chart',
          content: [{ type: 'image', data: 'QUJD' }],
        },
        {
          type: 'tool-result',
          callId: 'd',
          name: 'f',
          output: '',
          content: [{ type: 'image', data: 'QUJD' }],
        },
        { type: 'tool-result', callId: 'e', name: 'f', output: '' },
      ],
    }
    const { param } = toMessage(message, 'anthropic')
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'QUJD' } }
    expect(param).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'text' },
        { type: 'tool_result', tool_use_id: 'b_1', content: 'No such city', is_error: true },
        { type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: 'a chart' }, image] },
        { type: 'tool_result', tool_use_id: 'd', content: [image] },
        { type: 'tool_result', tool_use_id: 'e' },
      ],
    })
  })

  it('of one turn are one message, and empty messages are none', () => {
    const written = createMessageWriter('anthropic')([
      { role: 'user', content: [{ type: 'text', text: '' }] },
      result('a'),
      result('b'),
      { role: 'user', content: [{ type: 'text', text: 'more' }] },
      result('c'),
    ])
    expect(written.map(({ param }) => param.content.length)).toEqual([2, 1, 1])
  })
})
