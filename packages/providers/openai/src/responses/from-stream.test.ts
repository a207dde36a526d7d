import type { ModelEvent } from '@ashlar/core'
import { callClient, createAssembler } from '@ashlar/wire'
import { describe, expect, it } from 'vitest'
import { createResponseReader, readResponseAnswer } from './from-stream.ts'
import { answerTools } from '../openai.ts'

const caller = { provider: 'openai', modelId: 'm' }

type Answer = Record<string, unknown>

const read = (answers: readonly Answer[]): readonly ModelEvent[] => {
  const turn = createAssembler()
  const reader = createResponseReader({ turn, provider: 'openai', modelId: 'm', headers: {}, secrets: [] })
  for (const answer of answers) reader.read(answer)
  reader.end(false)
  return turn.take()
}

/** The same over the wire: an error in an answer is what the call fails with. */
const fetched = async (answers: readonly Answer[]): Promise<void> => {
  const body = answers.map((answer) => `data: ${JSON.stringify(answer)}\n\n`).join('')
  const events = readResponseAnswer({
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

const item = (type: string, fields: object): Answer => ({
  type: 'response.output_item.done',
  item: { type, ...fields },
})
const completed = {
  type: 'response.completed',
  response: { status: 'completed', model: 'm-2026', id: 'resp_1' },
}
const incomplete = (reason?: string): Answer => ({
  type: 'response.incomplete',
  response: { status: 'incomplete', incomplete_details: reason ? { reason } : null },
})

describe('a response', () => {
  it('is read from its items where no deltas came', () => {
    const answers = [
      item('reasoning', { id: 'rs_1', summary: [{ text: 'One' }, { text: 'Two' }], status: 'completed' }),
      item('message', { phase: 'commentary', content: [{ type: 'output_text', text: 'Hi' }] }),
      item('function_call', { call_id: 'c1', name: 'x', arguments: '' }),
      completed,
    ]
    expect(read(answers)).toMatchObject([
      { type: 'reasoning-delta' },
      {
        type: 'part',
        part: {
          type: 'reasoning',
          text: 'One\n\nTwo',
          providerData: {
            openai: { item: { type: 'reasoning', id: 'rs_1', summary: [{ text: 'One' }, { text: 'Two' }] } },
          },
        },
      },
      { type: 'text-delta' },
      { type: 'part', part: { type: 'text', text: 'Hi', providerData: { openai: { phase: 'commentary' } } } },
      { type: 'part', part: { type: 'tool-call', callId: 'c1', name: 'x', input: {} } },
      { type: 'finish', reason: 'tool-calls', response: { modelId: 'm-2026', id: 'resp_1' } },
    ])
  })

  it('shows thinking part by part', () => {
    const added = (summary_index: number): Answer => ({
      type: 'response.reasoning_summary_part.added',
      summary_index,
    })
    const summary = (text: string): Answer => ({ type: 'response.reasoning_summary_text.delta', delta: text })
    const answers = [
      added(0),
      summary('One'),
      added(1),
      summary('Two'),
      item('reasoning', { id: 'rs_1', summary: [{ text: 'One' }, { text: 'Two' }] }),
      { type: 'response.reasoning_text.delta', delta: 'Openly' },
      item('reasoning', { id: 'rs_2', summary: [], content: [{ text: 'Openly' }] }),
      completed,
    ]
    expect(parts(answers)).toMatchObject([
      { type: 'reasoning', text: 'One\n\nTwo' },
      { type: 'reasoning', text: 'Openly', providerData: { openai: { item: { id: 'rs_2' } } } },
    ])
  })

  it('keeps thinking that is only encrypted', () => {
    const encrypted = { id: 'rs_1', summary: [], encrypted_content: 'x' }
    expect(parts([item('reasoning', encrypted), completed])).toEqual([
      {
        type: 'reasoning',
        text: '',
        providerData: { openai: { item: { type: 'reasoning', ...encrypted } } },
      },
    ])
  })

  it('counts the searches that ran at the server, and says how it was served', () => {
    const found = [
      { type: 'web_search_call', action: { type: 'search', queries: ['a'] } },
      { type: 'web_search_call', action: { type: 'open_page', url: 'https://a.test' } },
      { type: 'web_search_call', action: { type: 'find_in_page', url: 'https://a.test', pattern: 'b' } },
      { type: 'web_search_call' },
    ]
    const end = { status: 'completed', service_tier: 'flex', usage: { input_tokens: 9, output_tokens: 2 } }
    const usage = { inputTokens: 9, outputTokens: 2, webSearches: 2, serviceTier: 'flex' }
    const streamed = [
      ...found.map(({ type, ...fields }) => item(type, fields)),
      { type: 'response.completed', response: end },
    ]
    for (const answers of [streamed, [{ ...end, output: found }]])
      expect(read(answers).at(-1)).toMatchObject({ type: 'finish', usage })
  })

  it('tells a refusal', () => {
    const answers = [
      { type: 'response.refusal.delta', delta: 'No.' },
      item('message', { content: [{ type: 'refusal', refusal: 'No.' }] }),
      completed,
    ]
    expect(read(answers).slice(-2)).toMatchObject([{ part: { text: 'No.' } }, { reason: 'content-filter' }])
  })

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content-filter'],
    ['something', 'other'],
    [undefined, 'other'],
  ])('that is cut off by %s ends with %s, and keeps what had come', (cause, reason) => {
    const answers = [{ type: 'response.output_text.delta', delta: 'Hel' }, incomplete(cause)]
    expect(read(answers)).toMatchObject([
      { type: 'text-delta', text: 'Hel' },
      { type: 'part', part: { text: 'Hel' } },
      { type: 'finish', reason },
    ])
  })

  it('does not take cut off arguments for none', () => {
    const call = item('function_call', { call_id: 'c1', name: 'x', arguments: '', status: 'incomplete' })
    expect(parts([call, incomplete('max_output_tokens')])).toMatchObject([{ input: '' }])
  })

  it('throws what went wrong', async () => {
    const error = { code: 'rate_limit_exceeded', message: 'slow down' }
    await expect(fetched([{ type: 'response.failed', response: { error } }])).rejects.toThrow(
      'openai/m: rate-limit: slow down',
    )
    await expect(fetched([{ type: 'response.failed', response: {} }])).rejects.toThrow(
      'the response was failed',
    )
    await expect(fetched([{ output: [], status: 'cancelled' }])).rejects.toThrow('the response was cancelled')
    await expect(fetched([{ type: 'error', code: 'server_error', message: 'boom' }])).rejects.toThrow(
      'overloaded: boom',
    )
    await expect(fetched([completed])).resolves.toBeUndefined()
  })

  it('is not finished when it only stops coming, and passes over what it does not know', () => {
    expect(read([{ type: 'response.queued' }, item('web_search_call', {}), { unknown: true }])).toEqual([])
  })
})
