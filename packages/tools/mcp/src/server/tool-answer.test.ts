import { toolContent } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { createEventStore } from './event-store.ts'
import { toCallToolResult, toolError } from './tool-answer.ts'

const data = 'aGVsbG8='

describe('toCallToolResult', () => {
  it('passes text on as it is, and anything else as JSON', () => {
    expect(toCallToolResult('x')).toEqual({ content: [{ type: 'text', text: 'x' }] })
    expect(toCallToolResult(undefined)).toEqual({ content: [{ type: 'text', text: 'null' }] })
    expect(toCallToolResult([1])).toEqual({ content: [{ type: 'text', text: '[1]' }] })
    const at = new Date(0)
    expect(toCallToolResult({ at })).toEqual({
      content: [{ type: 'text', text: '{"at":"1970-01-01T00:00:00.000Z"}' }],
      structuredContent: { at: '1970-01-01T00:00:00.000Z' },
    })
    expect(toolError('no')).toEqual({ content: [{ type: 'text', text: 'no' }], isError: true })
  })
  it('passes images, sounds, files and addresses on as what they are', () => {
    const { content } = toCallToolResult(
      toolContent('see', [
        { type: 'text', text: 'also' },
        { type: 'image', data },
        { type: 'file', data, mediaType: 'audio/wav' },
        { type: 'file', data, mediaType: 'application/pdf', name: 'a b.pdf' },
        { type: 'image', url: 'https://example.com/a.png' },
      ]),
    )
    expect(content).toEqual([
      { type: 'text', text: 'see' },
      { type: 'text', text: 'also' },
      { type: 'image', data, mimeType: 'image/png' },
      { type: 'audio', data, mimeType: 'audio/wav' },
      {
        type: 'resource',
        resource: { uri: 'attachment:///a%20b.pdf', blob: data, mimeType: 'application/pdf' },
      },
      { type: 'resource_link', uri: 'https://example.com/a.png', name: 'image', mimeType: 'image/png' },
    ])
  })
})

describe('createEventStore', () => {
  const message = (text: string) => ({ jsonrpc: '2.0' as const, method: 'note', params: { text } })
  it('replays what came after an event on the same stream, and forgets the oldest', async () => {
    const store = createEventStore()
    const first = await store.storeEvent('a', message('1'))
    await store.storeEvent('b', message('2'))
    await store.storeEvent('a', message('3'))
    const sent: string[] = []
    const send = async (_: string, sentMessage: object): Promise<void> =>
      void sent.push(JSON.stringify(sentMessage))
    expect(await store.getStreamIdForEventId?.(first)).toBe('a')
    expect(await store.replayEventsAfter(first, { send })).toBe('a')
    expect(sent).toEqual([JSON.stringify(message('3'))])
    await store.storeEvent('c', message('x'.repeat(5_000_000)))
    expect(await store.getStreamIdForEventId?.(first)).toBeUndefined()
  })
})
