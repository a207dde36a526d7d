import type { Usage } from '@ashlar/core'
import type { Responses } from 'openai/resources/responses/responses'
import { splitDeltas } from '../turn.ts'
import { argumentsText, created, type Dialect, type Reply, sseFrame } from './dialect.ts'
import { openaiError, openaiHeaders } from './openai-failure.ts'

type Item =
  | Responses.ResponseOutputMessage
  | Responses.ResponseFunctionToolCall
  | Responses.ResponseReasoningItem
/** What travels: `output_text` is added by the SDK. */
type WireResponse = Omit<Responses.Response, 'output_text'>
/** An event before it is numbered. */
type Event = Responses.ResponseStreamEvent extends infer E
  ? E extends { response: Responses.Response; type: infer Type }
    ? { type: Type; response: WireResponse }
    : E extends { sequence_number: number }
      ? Omit<E, 'sequence_number'>
      : never
  : never

const toUsage = (usage: Usage): Responses.ResponseUsage => ({
  input_tokens: usage.inputTokens,
  input_tokens_details: {
    cached_tokens: usage.cachedInputTokens ?? 0,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
  },
  output_tokens: usage.outputTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  total_tokens: usage.inputTokens + usage.outputTokens,
})

const itemsOf = ({ turn, id, signature }: Reply): Item[] =>
  turn.parts.map((part, index): Item => {
    if (part.type === 'reasoning')
      return {
        id: `rs_${id}_${index}`,
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: part.text }],
        encrypted_content: signature,
      }
    if (part.type === 'text')
      return {
        id: `msg_${id}_${index}`,
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: part.text, annotations: [], logprobs: [] }],
      }
    return {
      id: `fc_${id}_${index}`,
      type: 'function_call',
      status: 'completed',
      call_id: part.callId,
      name: part.name,
      arguments: argumentsText(part.input),
    }
  })

const cutShort = { length: 'max_output_tokens', 'content-filter': 'content_filter' } as const

const responseOf = (reply: Reply, state: 'begun' | 'done'): WireResponse => {
  const { turn, request } = reply
  const done = state === 'done'
  const incomplete = turn.finish === 'length' || turn.finish === 'content-filter' ? turn.finish : undefined
  return {
    id: reply.id,
    object: 'response',
    created_at: created,
    status: done ? (incomplete ? 'incomplete' : 'completed') : 'in_progress',
    access_programs: null,
    error: null,
    incomplete_details: done && incomplete ? { reason: cutShort[incomplete] } : null,
    instructions: typeof request['instructions'] === 'string' ? request['instructions'] : null,
    metadata: {},
    model: reply.model,
    output: done ? itemsOf(reply) : [],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    ...(done && { usage: toUsage(turn.usage) }),
  }
}

function* reasoningEvents(item: Responses.ResponseReasoningItem, at: At): Generator<Event> {
  const place = { item_id: item.id, output_index: at.index, summary_index: 0 }
  for (const { text } of item.summary) {
    const empty = { type: 'summary_text', text: '' } as const
    yield { type: 'response.reasoning_summary_part.added', ...place, part: empty }
    for (const delta of splitDeltas(text, at.size))
      yield { type: 'response.reasoning_summary_text.delta', ...place, delta }
    yield { type: 'response.reasoning_summary_text.done', ...place, text }
    yield { type: 'response.reasoning_summary_part.done', ...place, part: { type: 'summary_text', text } }
  }
}

function* messageEvents(item: Responses.ResponseOutputMessage, at: At): Generator<Event> {
  const place = { item_id: item.id, output_index: at.index, content_index: 0 }
  for (const part of item.content) {
    if (part.type !== 'output_text') continue
    yield { type: 'response.content_part.added', ...place, part: { ...part, text: '' } }
    for (const delta of splitDeltas(part.text, at.size))
      yield { type: 'response.output_text.delta', ...place, delta, logprobs: [] }
    yield { type: 'response.output_text.done', ...place, text: part.text, logprobs: [] }
    yield { type: 'response.content_part.done', ...place, part }
  }
}

function* callEvents(item: Responses.ResponseFunctionToolCall, at: At): Generator<Event> {
  const place = { item_id: item.id ?? '', output_index: at.index }
  for (const delta of splitDeltas(item.arguments, at.size))
    yield { type: 'response.function_call_arguments.delta', ...place, delta }
  yield { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments }
}

interface At {
  readonly index: number
  readonly size: Reply['turn']['deltaSize']
}

/** An item as it is when it appears: without what its deltas are about to bring. */
const begun = (item: Item): Item => {
  if (item.type === 'message') return { ...item, status: 'in_progress', content: [] }
  if (item.type === 'function_call') return { ...item, status: 'in_progress', arguments: '' }
  return { ...item, summary: [] }
}

function* eventsOf(reply: Reply): Generator<Event> {
  yield { type: 'response.created', response: responseOf(reply, 'begun') }
  yield { type: 'response.in_progress', response: responseOf(reply, 'begun') }
  for (const [index, item] of itemsOf(reply).entries()) {
    const at: At = { index, size: reply.turn.deltaSize }
    yield { type: 'response.output_item.added', output_index: index, item: begun(item) }
    if (item.type === 'reasoning') yield* reasoningEvents(item, at)
    else if (item.type === 'message') yield* messageEvents(item, at)
    else yield* callEvents(item, at)
    yield { type: 'response.output_item.done', output_index: index, item }
  }
  const response = responseOf(reply, 'done')
  yield { type: response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response }
}

/** OpenAI's responses. Source: the types of `openai` and answers of the API. */
export const openaiResponses: Dialect = {
  streamType: 'text/event-stream; charset=utf-8',
  idPrefix: 'resp_',
  isStream: (request) => request['stream'] === true,
  frames: (reply) =>
    [...eventsOf(reply)].map((event, sequence_number) => sseFrame({ ...event, sequence_number }, event.type)),
  body: (reply) => responseOf(reply, 'done'),
  headers: openaiHeaders,
  failureBody: (failure) => ({ error: openaiError(failure) }),
  failureFrame: (failure, sequence_number) => {
    const { code, message, param, type } = openaiError(failure)
    return sseFrame({ type: 'error', code: code ?? type, message, param, sequence_number }, 'error')
  },
  malformedFrame: sseFrame('{"type":"response.output_text.delta","del', 'response.output_text.delta'),
}
