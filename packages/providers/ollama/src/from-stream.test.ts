import { createAssembler } from '@ashlar/wire'
import { describe, expect, it } from 'vitest'
import { createChatReader } from './from-stream.ts'

const read = (...values: Record<string, unknown>[]): { events: readonly object[]; finished: boolean[] } => {
  const turn = createAssembler({ estimate: () => ({ inputTokens: 1, outputTokens: 1, estimated: true }) })
  const reader = createChatReader(turn, { provider: 'ollama', modelId: 'm' })
  const finished = values.map((value) => reader.read(value))
  return { events: turn.take(), finished }
}
const call = (given: unknown, more: object = {}): object => ({
  ...more,
  function: { name: 'add', arguments: given },
})
const counts = { prompt_eval_count: 3, eval_count: 2 }

describe('createChatReader', () => {
  it('gives calls without an id the same ids every time', () => {
    const lines = [
      { message: { tool_calls: [call({ a: 1 }), call({ a: 2 })] } },
      { message: { content: '', tool_calls: [call({ a: 3 }, { id: 'own' }), call({ a: 4 })] } },
      { done: true, done_reason: 'stop', ...counts },
    ]
    const { events, finished } = read(...lines)
    expect(finished).toEqual([false, false, true])
    expect(events).toEqual([
      { type: 'part', part: { type: 'tool-call', callId: 'call_0', name: 'add', input: { a: 1 } } },
      { type: 'part', part: { type: 'tool-call', callId: 'call_1', name: 'add', input: { a: 2 } } },
      { type: 'part', part: { type: 'tool-call', callId: 'own', name: 'add', input: { a: 3 } } },
      { type: 'part', part: { type: 'tool-call', callId: 'call_3', name: 'add', input: { a: 4 } } },
      expect.objectContaining({ reason: 'tool-calls', usage: { inputTokens: 3, outputTokens: 2 } }),
    ])
    expect(read(...lines).events).toEqual(events)
  })

  it.each([
    ['{"a":1}', { a: 1 }],
    ['', {}],
    ['{"a', '{"a'],
    [undefined, {}],
  ])('reads arguments %j', (given, input) => {
    const { events } = read({ message: { tool_calls: [call(given)] } })
    expect(events).toMatchObject([{ part: { input } }])
  })

  it('passes over what is no call', () => {
    const { events } = read({ message: { tool_calls: [null, {}, { function: { name: 7 } }], content: 7 } })
    expect(events).toEqual([])
  })

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['load', 'other'],
    [undefined, 'stop'],
  ])('takes %s for %s', (given, reason) => {
    expect(read({ done: true, done_reason: given, ...counts }).events).toMatchObject([{ reason }])
  })

  it('estimates what was not counted, and says so', () => {
    expect(read({ done: true, eval_count: 2 }).events).toMatchObject([{ usage: { estimated: true } }])
  })
})
