import { isObject, type Usage } from '@ashlar/core'
import type OpenAI from 'openai'
import { splitDeltas } from '../turn.ts'
import { argumentsText, created, type Dialect, type Reply, sseFrame } from './dialect.ts'
import { openaiError, openaiHeaders } from './openai-failure.ts'

type Chunk = OpenAI.ChatCompletionChunk
/** Reasoning is not OpenAI's; compatible servers put it beside the content under one of two names. */
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { reasoning_content?: string; reasoning?: string }

const reasons = {
  stop: 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  'content-filter': 'content_filter',
  pause: 'stop',
  other: 'stop',
} as const

const toUsage = (usage: Usage): OpenAI.CompletionUsage => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: {
    cached_tokens: usage.cachedInputTokens ?? 0,
    audio_tokens: usage.audioInputTokens ?? 0,
    ...(usage.cacheWriteTokens !== undefined && { cache_write_tokens: usage.cacheWriteTokens }),
  },
  completion_tokens_details: {
    reasoning_tokens: usage.reasoningTokens ?? 0,
    audio_tokens: usage.audioOutputTokens ?? 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
})

function* deltasOf({ turn, reasoningField }: Reply): Generator<Delta> {
  let index = 0
  for (const part of turn.parts) {
    if (part.type === 'reasoning')
      for (const text of splitDeltas(part.text, turn.deltaSize)) yield { [reasoningField]: text }
    else if (part.type === 'text')
      for (const content of splitDeltas(part.text, turn.deltaSize)) yield { content }
    else {
      const call = { index, id: part.callId, type: 'function' } as const
      yield { tool_calls: [{ ...call, function: { name: part.name, arguments: '' } }] }
      for (const fragment of splitDeltas(argumentsText(part.input), turn.deltaSize))
        yield { tool_calls: [{ index, function: { arguments: fragment } }] }
      index++
    }
  }
}

const includesUsage = (request: Reply['request']): boolean =>
  isObject(request['stream_options']) && request['stream_options']['include_usage'] === true

const frames = (reply: Reply): string[] => {
  const { id, model, turn } = reply
  const withUsage = includesUsage(reply.request)
  const chunk = (choices: Chunk['choices'], usage?: OpenAI.CompletionUsage): string =>
    sseFrame({
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      service_tier: 'default',
      system_fingerprint: 'fp_1',
      choices,
      ...(withUsage && { usage: usage ?? null }),
    } satisfies Chunk)
  const choice = (delta: Delta, finish_reason: Chunk['choices'][number]['finish_reason'] = null): string =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason }])
  return [
    choice({ role: 'assistant', content: '', refusal: null }),
    ...Array.from(deltasOf(reply), (delta) => choice(delta)),
    choice({}, reasons[turn.finish]),
    ...(withUsage ? [chunk([], toUsage(turn.usage))] : []),
    sseFrame('[DONE]'),
  ]
}

const body = ({ id, model, turn, reasoningField }: Reply): object => {
  const textOf = (type: 'text' | 'reasoning'): string | null => {
    for (const part of turn.parts) if (part.type === type) return part.text
    return null
  }
  const calls = turn.parts.flatMap((part) =>
    part.type === 'tool-call'
      ? [
          {
            id: part.callId,
            type: 'function' as const,
            function: { name: part.name, arguments: argumentsText(part.input) },
          },
        ]
      : [],
  )
  const reasoning = textOf('reasoning')
  const message: OpenAI.ChatCompletionMessage = {
    role: 'assistant',
    content: textOf('text'),
    refusal: null,
    annotations: [],
    ...(reasoning !== null && { [reasoningField]: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reasons[turn.finish] }],
    usage: toUsage(turn.usage),
    service_tier: 'default',
    system_fingerprint: 'fp_1',
  } satisfies OpenAI.ChatCompletion
}

/** OpenAI's chat completions. Source: the types of `openai` and answers of the API. */
export const openaiChat: Dialect = {
  streamType: 'text/event-stream; charset=utf-8',
  idPrefix: 'chatcmpl-',
  isStream: (request) => request['stream'] === true,
  frames,
  body,
  headers: openaiHeaders,
  failureBody: (failure) => ({ error: openaiError(failure) }),
  failureFrame: (failure) => sseFrame({ error: openaiError(failure) }),
  malformedFrame: sseFrame('{"id":"chatcmpl-1","choices":[{"index":0,"del'),
}
