import { answerText, chunkText, streamChunks, type Workload } from '../workloads.ts'

/** A precomputed answer: written packet by packet. */
export interface Answer {
  readonly packets: readonly Buffer[]
}

/** Ids differ by round: LangGraph takes two messages with one id for the same message. */
const baseOf = (round: number) => ({
  id: `chatcmpl-bench-${round}`,
  created: 1_760_000_000,
  model: 'bench-model',
  system_fingerprint: 'fp_bench',
})
const usage = {
  prompt_tokens: 120,
  completion_tokens: 24,
  total_tokens: 144,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
}

/** The headers a real vendor sends. */
const head = (headers: string): string =>
  [
    'HTTP/1.1 200 OK',
    'date: Sat, 01 Nov 2025 00:00:00 GMT',
    'connection: keep-alive',
    'openai-processing-ms: 12',
    'openai-version: 2020-10-01',
    'x-ratelimit-limit-requests: 10000',
    'x-ratelimit-limit-tokens: 2000000',
    'x-ratelimit-remaining-requests: 9999',
    'x-ratelimit-remaining-tokens: 1999976',
    'x-ratelimit-reset-requests: 6ms',
    'x-ratelimit-reset-tokens: 1ms',
    'x-request-id: req_bench',
    headers,
    '',
    '',
  ].join('\r\n')

const whole = (message: object, round: number): Answer => {
  const finishReason = 'tool_calls' in message ? 'tool_calls' : 'stop'
  const body = JSON.stringify({
    ...baseOf(round),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', refusal: null, annotations: [], ...message },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    usage,
    service_tier: 'default',
  })
  const headers = head(`content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`)
  return { packets: [Buffer.from(headers + body)] }
}

const event = (round: number, rest: object): string =>
  `data: ${JSON.stringify({ ...baseOf(round), object: 'chat.completion.chunk', ...rest })}\n\n`

const deltaEvent = (round: number, delta: object, finishReason: string | null = null): string =>
  event(round, { choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] })

const frame = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

interface StreamShape {
  readonly round: number
  readonly eventsPerPacket: number
}

const streamed = (deltas: readonly object[], { round, eventsPerPacket }: StreamShape): Answer => {
  const finishReason = deltas.some((delta) => 'tool_calls' in delta) ? 'tool_calls' : 'stop'
  const packets: Buffer[] = [
    Buffer.concat([
      Buffer.from(head('content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked')),
      frame(deltaEvent(round, { role: 'assistant', content: '' })),
    ]),
  ]
  for (let start = 0; start < deltas.length; start += eventsPerPacket) {
    const group = deltas.slice(start, start + eventsPerPacket)
    packets.push(frame(group.map((delta) => deltaEvent(round, delta)).join('')))
  }
  const end = deltaEvent(round, {}, finishReason) + event(round, { choices: [], usage }) + 'data: [DONE]\n\n'
  packets.push(Buffer.concat([frame(end), Buffer.from('0\r\n\r\n')]))
  return { packets }
}

const toolCall = (round: number): object => ({
  id: `call_${round}`,
  type: 'function',
  function:
    round % 2 === 0
      ? { name: 'lookup', arguments: JSON.stringify({ city: `city-${round}` }) }
      : { name: 'add', arguments: JSON.stringify({ a: round, b: 1 }) },
})

/**
 * The streamed answers of an agent that says something before each of its calls: `words` chunks of text, then a call,
 * round by round; in the end as many chunks of text.
 */
export const talkativeAnswers = (shape: {
  readonly rounds: number
  readonly words: number
  readonly eventsPerPacket: number
}): readonly Answer[] => {
  const { rounds, words, eventsPerPacket } = shape
  const text = Array.from({ length: words }, (_, index) => ({ content: chunkText(index) }))
  return Array.from({ length: rounds + 1 }, (_, round) => {
    const call = round < rounds ? [{ tool_calls: [{ index: 0, ...toolCall(round) }] }] : []
    return streamed([...text, ...call], { round, eventsPerPacket })
  })
}

/** All answers of one workload: by the tool results that have come back, whole and streamed. */
export interface WorkloadAnswers {
  readonly whole: readonly Answer[]
  readonly streamed: readonly Answer[]
}

/** Computes the answers of a workload. */
export const answersOf = ({ kind, rounds, eventsPerPacket }: Workload): WorkloadAnswers => {
  if (kind === 'stream') {
    const deltas = Array.from({ length: streamChunks }, (_, index) => ({ content: chunkText(index) }))
    return { whole: [], streamed: [streamed(deltas, { round: 0, eventsPerPacket })] }
  }
  const calls = Array.from({ length: rounds }, (_, round) => toolCall(round))
  return {
    whole: [
      ...calls.map((call, round) => whole({ content: null, tool_calls: [call] }, round)),
      whole({ content: answerText }, rounds),
    ],
    streamed: [
      ...calls.map((call, round) =>
        streamed([{ tool_calls: [{ index: 0, ...call }] }], { round, eventsPerPacket }),
      ),
      streamed([{ content: answerText }], { round: rounds, eventsPerPacket }),
    ],
  }
}
