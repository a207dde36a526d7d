import type { RateLimit, Usage } from '@ashlar/core'
import type Anthropic from '@anthropic-ai/sdk'
import { splitDeltas } from '../turn.ts'
import { argumentsText, type Dialect, type Failure, type Reply, sseFrame } from './dialect.ts'

const reasons = {
  stop: 'end_turn',
  'tool-calls': 'tool_use',
  length: 'max_tokens',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: null,
} as const

const toUsage = (usage: Usage): Anthropic.Usage => {
  const read = usage.cachedInputTokens ?? 0
  const written = usage.cacheWriteTokens ?? 0
  const hour = usage.cacheWrite1hTokens ?? 0
  const thinking = usage.reasoningTokens
  return {
    input_tokens: usage.inputTokens - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written - hour, ephemeral_1h_input_tokens: hour },
    output_tokens: usage.outputTokens,
    output_tokens_details: thinking === undefined ? null : { thinking_tokens: thinking },
    inference_geo: null,
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
  }
}

const blocksOf = ({ turn, signature }: Reply): Anthropic.ContentBlock[] =>
  turn.parts.map((part): Anthropic.ContentBlock => {
    if (part.type === 'reasoning') return { type: 'thinking', thinking: part.text, signature }
    if (part.type === 'text') return { type: 'text', text: part.text, citations: null }
    return {
      type: 'tool_use',
      id: part.callId,
      name: part.name,
      input: part.input,
      caller: { type: 'direct' },
    }
  })

const messageOf = (reply: Reply, state: 'begun' | 'done'): Anthropic.Message => {
  const done = state === 'done'
  const refused = done && reply.turn.finish === 'content-filter'
  return {
    id: reply.id,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: done ? blocksOf(reply) : [],
    container: null,
    diagnostics: null,
    stop_details: refused ? { type: 'refusal', category: null, explanation: null } : null,
    stop_reason: done ? reasons[reply.turn.finish] : null,
    stop_sequence: null,
    usage: toUsage(done ? reply.turn.usage : { ...reply.turn.usage, outputTokens: 1 }),
  }
}

/** A block as it is when it appears: without what its deltas are about to bring. */
const begun = (block: Anthropic.ContentBlock): Anthropic.ContentBlock => {
  if (block.type === 'thinking') return { ...block, thinking: '', signature: '' }
  if (block.type === 'text') return { ...block, text: '' }
  return block.type === 'tool_use' ? { ...block, input: {} } : block
}

function* deltasOf(block: Anthropic.ContentBlock, size: Reply['turn']['deltaSize']) {
  if (block.type === 'thinking') {
    for (const thinking of splitDeltas(block.thinking, size))
      yield { type: 'thinking_delta', thinking } satisfies Anthropic.ThinkingDelta
    yield { type: 'signature_delta', signature: block.signature } satisfies Anthropic.SignatureDelta
  } else if (block.type === 'text') {
    for (const text of splitDeltas(block.text, size))
      yield { type: 'text_delta', text } satisfies Anthropic.TextDelta
  } else if (block.type === 'tool_use') {
    for (const partial_json of ['', ...splitDeltas(argumentsText(block.input), size)])
      yield { type: 'input_json_delta', partial_json } satisfies Anthropic.InputJSONDelta
  }
}

function* eventsOf(reply: Reply): Generator<Anthropic.RawMessageStreamEvent | { type: 'ping' }> {
  yield { type: 'message_start', message: messageOf(reply, 'begun') }
  for (const [index, block] of blocksOf(reply).entries()) {
    yield { type: 'content_block_start', index, content_block: begun(block) }
    if (index === 0) yield { type: 'ping' }
    for (const delta of deltasOf(block, reply.turn.deltaSize))
      yield { type: 'content_block_delta', index, delta }
    yield { type: 'content_block_stop', index }
  }
  const { usage, stop_reason, stop_details } = messageOf(reply, 'done')
  yield {
    type: 'message_delta',
    delta: { container: null, stop_details, stop_reason, stop_sequence: null },
    usage: {
      input_tokens: usage.input_tokens,
      cache_creation_input_tokens: usage.cache_creation_input_tokens,
      cache_read_input_tokens: usage.cache_read_input_tokens,
      output_tokens: usage.output_tokens,
      output_tokens_details: usage.output_tokens_details,
      server_tool_use: null,
    },
  }
  yield { type: 'message_stop' }
}

const errorTypes = {
  auth: 'authentication_error',
  'rate-limit': 'rate_limit_error',
  overloaded: 'overloaded_error',
  network: 'api_error',
  timeout: 'timeout_error',
  'context-overflow': 'invalid_request_error',
  content: 'invalid_request_error',
  'bad-request': 'invalid_request_error',
} as const satisfies Record<Failure['kind'], Anthropic.ErrorType>

/** Of the statuses of one kind Anthropic tells some apart by type. Source: docs.anthropic.com/en/api/errors */
const byStatus: Readonly<Record<number, string>> = {
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  500: 'api_error',
}

const failureBody = ({ kind, status, message, requestId }: Failure) => ({
  type: 'error',
  error: { type: byStatus[status] ?? errorTypes[kind], message },
  request_id: requestId,
})

/** Source: docs.anthropic.com/en/api/rate-limits#response-headers */
const headers = (requestId: string, limit: RateLimit): Record<string, string> => {
  const named: Record<string, string> = { 'request-id': requestId, 'anthropic-organization-id': 'org_1' }
  for (const [what, total, left, reset] of [
    ['requests', limit.requestsLimit, limit.requestsRemaining, limit.requestsResetAt],
    ['tokens', limit.tokensLimit, limit.tokensRemaining, limit.tokensResetAt],
  ] as const) {
    const prefix = `anthropic-ratelimit-${what}`
    if (total !== undefined) named[`${prefix}-limit`] = String(total)
    if (left !== undefined) named[`${prefix}-remaining`] = String(left)
    if (reset !== undefined) named[`${prefix}-reset`] = new Date(reset).toISOString().replace(/\.\d+Z$/, 'Z')
  }
  return named
}

/** Anthropic's messages. Source: the types of `@anthropic-ai/sdk` and docs.anthropic.com/en/api/messages-streaming */
export const anthropic: Dialect = {
  streamType: 'text/event-stream; charset=utf-8',
  idPrefix: 'msg_',
  isStream: (request) => request['stream'] === true,
  frames: (reply) => [...eventsOf(reply)].map((event) => sseFrame(event, event.type)),
  body: (reply) => messageOf(reply, 'done'),
  headers,
  failureBody,
  failureFrame: (failure) => sseFrame(failureBody(failure), 'error'),
  malformedFrame: sseFrame('{"type":"content_block_delta","index":0,"del', 'content_block_delta'),
}
