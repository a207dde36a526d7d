import { type Message, userText } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { toHistory } from './to-history.ts'

const refuse = (kind: string): Error => new Error(`no ${kind}`)
const call = (callId: string) => ({ type: 'tool-call', callId, name: 'add', input: { a: 1 } }) as const

describe('toHistory', () => {
  it('puts results into their calls and goes on in the same answer', () => {
    const messages: Message[] = [
      userText('Add.'),
      {
        role: 'assistant',
        content: [{ type: 'reasoning', text: 'hm' }, { type: 'text', text: 'Yes.' }, call('1'), call('2')],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', callId: '2', name: 'add', output: '{"sum":2}' },
          { type: 'tool-result', callId: '1', name: 'add', output: 'broken', isError: true },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'Two.' }] },
      userText('Thanks.'),
    ]
    expect(toHistory(messages, { system: 'Be brief.', refuse })).toEqual([
      { type: 'system', text: 'Be brief.' },
      { type: 'user', text: 'Add.' },
      {
        type: 'model',
        response: [
          { type: 'segment', segmentType: 'thought', text: 'hm', ended: true },
          'Yes.',
          { type: 'functionCall', name: 'add', params: { a: 1 }, result: { error: 'broken' } },
          { type: 'functionCall', name: 'add', params: { a: 1 }, result: { sum: 2 } },
          'Two.',
        ],
      },
      { type: 'user', text: 'Thanks.' },
      { type: 'model', response: [] },
    ])
    expect(toHistory(messages.slice(0, 3), { refuse }).at(-1)).toMatchObject({
      type: 'model',
      response: { length: 4 },
    })
  })

  it('keeps plain results as text and leaves an open call open', () => {
    const messages: Message[] = [{ role: 'assistant', content: [call('1')] }]
    expect(toHistory(messages, { refuse })).toEqual([
      {
        type: 'model',
        response: [{ type: 'functionCall', name: 'add', params: { a: 1 }, result: undefined }],
      },
    ])
    const output = '12'
    const answered: Message[] = [
      ...messages,
      { role: 'tool', content: [{ type: 'tool-result', callId: '1', name: 'add', output }] },
    ]
    expect(toHistory(answered, { refuse })).toMatchObject([{ response: [{ result: '12' }] }])
  })

  it('refuses what is no text', () => {
    const image = { type: 'image', data: 'x' } as const
    expect(() => toHistory([{ role: 'user', content: [image] }], { refuse })).toThrow('no image')
    const result = { type: 'tool-result', callId: '1', name: 'a', output: '', content: [image] } as const
    expect(() =>
      toHistory([{ role: 'tool', content: [{ ...result, content: [image] }] }], { refuse }),
    ).toThrow('no image')
  })
})
