import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AssistantMessage,
  type Message,
  textOf,
  toolCallsOf,
  type ToolResultPart,
  userText,
} from './message.ts'
import { appendResults } from './append-results.ts'
import { closeAbandonedCalls } from './saved-state.ts'
import { openCalls } from './transcript.ts'

const close = (messages: readonly Message[]) => closeAbandonedCalls(messages, { openCalls })

const assistant = (ids: readonly string[]): AssistantMessage => ({
  role: 'assistant',
  content: ids.map((callId) => ({ type: 'tool-call', callId, name: 't', input: {} })),
})
const result = (callId: string): ToolResultPart => ({ type: 'tool-result', callId, name: 't', output: '' })

/** Turns in any order with any part of their calls answered, in one tool message or several. */
const transcripts = fc
  .array(
    fc.record({
      calls: fc.integer({ min: 0, max: 3 }),
      answered: fc.integer({ min: 0, max: 3 }),
      user: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((turns) =>
    turns.flatMap(({ calls, answered, user }): Message[] => {
      const ids = Array.from({ length: calls }, (_, n) => `c${n}`)
      return [
        assistant(ids),
        ...ids.slice(0, answered).map((id): Message => ({ role: 'tool', content: [result(id)] })),
        ...(user ? [userText('next')] : []),
      ]
    }),
  )

describe('a transcript', () => {
  it('has no call without an answer before a user message, once closed', () => {
    fc.assert(
      fc.property(transcripts, (messages) => {
        const closed = close(messages)
        closed.forEach((message, index) => {
          if (message.role === 'user') expect(openCalls(closed.slice(0, index))).toEqual([])
        })
        expect(close(closed)).toEqual(closed)
        expect(openCalls(closed)).toEqual(openCalls(messages))
        expect(closed.filter(({ role }) => role !== 'tool')).toEqual(
          messages.filter(({ role }) => role !== 'tool'),
        )
      }),
    )
  })

  it('keeps the results of a turn in one message', () => {
    const messages = appendResults(appendResults([assistant(['a', 'b'])], [result('a')]), [result('b')])
    expect(messages).toHaveLength(2)
    expect(openCalls(messages)).toEqual([])
    expect(openCalls([assistant(['a', 'b'])])).toHaveLength(2)
  })

  it('gives its text and calls', () => {
    expect(textOf(undefined)).toBe('')
    expect(
      textOf({
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      }),
    ).toBe('ab')
    expect(toolCallsOf(userText('x'))).toEqual([])
  })
})
