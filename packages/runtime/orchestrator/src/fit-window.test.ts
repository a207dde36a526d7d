import { createAgent, type Message, type ModelRequest, toolCallsOf, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextWindow, fitWindow } from './fit-window.ts'

/** One token a character of the JSON. */
const count = (request: ModelRequest): number => JSON.stringify(request.messages).length

const turn = fc.oneof(
  fc.string({ maxLength: 40 }).map((text): Message[] => [userText(text)]),
  fc
    .string({ maxLength: 40 })
    .map((text): Message[] => [{ role: 'assistant', content: [{ type: 'text', text }] }]),
  fc.integer({ min: 1, max: 3 }).map((calls): Message[] => {
    const ids = Array.from({ length: calls }, (_, i) => `c${i}`)
    return [
      {
        role: 'assistant',
        content: ids.map((callId) => ({ type: 'tool-call', callId, name: 'look', input: {} })),
      },
      {
        role: 'tool',
        content: ids.map((callId) => ({ type: 'tool-result', callId, name: 'look', output: 'x' })),
      },
    ]
  }),
)
const transcript = fc
  .array(turn, { maxLength: 20 })
  .map((turns): Message[] => [userText('the task'), ...turns.flat()])

describe('fitWindow', () => {
  it('keeps calls with their results, the first message, and as much of the end as fits', async () => {
    await fc.assert(
      fc.asyncProperty(transcript, fc.integer({ min: 60, max: 2_000 }), async (messages, maxTokens) => {
        const { messages: kept } = await fitWindow({ messages }, { maxTokens, count })
        if (count({ messages }) <= maxTokens) {
          expect(kept).toEqual(messages)
          return
        }
        expect(kept[0]).toEqual(messages[0])
        const tail = kept.slice(1)
        expect(messages.slice(messages.length - tail.length)).toEqual(tail)
        for (const [i, message] of kept.entries()) {
          const answered = message.role === 'tool' ? message.content.map(({ callId }) => callId) : []
          expect(message.role === 'tool' ? toolCallsOf(kept[i - 1]).map(({ callId }) => callId) : []).toEqual(
            answered,
          )
          if (toolCallsOf(message).length > 0) expect(kept[i + 1]?.role).toBe('tool')
        }
        // Nothing longer would have fitted.
        for (let at = 1; at < messages.length - tail.length; at++) {
          const [first] = messages
          if (first && messages[at]?.role !== 'tool')
            expect(count({ messages: [first, ...messages.slice(at)] })).toBeGreaterThan(maxTokens)
        }
      }),
    )
  })

  it('is a plugin that shortens requests, not the transcript', async () => {
    const model = scriptedModel(() => 'ok')
    const agent = createAgent({ model, plugins: [contextWindow({ maxTokens: 150, count })] })
    const messages = [
      userText('the task'),
      ...Array.from({ length: 5 }, (_, i) => userText(`${i}`.repeat(40))),
    ]
    const result = await agent.run({ messages })
    expect(result.messages).toHaveLength(7)
    expect(model.requests[0]?.messages).toEqual([messages[0], messages[5]])
  })

  it('leaves a single message that is too long to the model', async () => {
    const request = { messages: [userText('x'.repeat(1_000))] }
    expect(await fitWindow(request, { maxTokens: 10, count })).toBe(request)
  })
})
