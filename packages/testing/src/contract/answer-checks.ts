import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FinishReason, RateLimit, Usage } from '@ashlar/core'
import type { WireDialect } from '../wire/index.ts'
import { type Check, hello, read, usageOf } from './bench.ts'

const text = 'Grüezi, wörld 🌍: it is a fine day.'

const plain: Check[] = [
  [
    'sends nothing before it is iterated',
    async ({ server, model }) => {
      const stream = model.stream(hello)
      const untouched = model.stream(hello)[Symbol.asyncIterator]()
      await untouched.return?.()
      await nextTurn()
      assert.deepEqual([server.requests.length, server.openSockets], [0, 0])
      server.enqueue('now')
      assert.deepEqual((await read(stream)).parts, [{ type: 'text', text: 'now' }])
      assert.equal(server.requests.length, 1)
    },
  ],
  [
    'streams an answer in deltas, then the part, then finish',
    async ({ server, model }) => {
      server.enqueue({ text, deltaSize: 3, pace: { everyMs: 1 } })
      const { events, parts, finish } = await read(model.stream(hello))
      assert(events.filter(({ type }) => type === 'text-delta').length > 1, 'there are several deltas')
      assert.deepEqual(parts, [{ type: 'text', text }])
      assert.equal(finish.reason, 'stop')
      assert.equal(server.requests[0]?.body['model'], model.modelId)
    },
  ],
  [
    'makes one plain request when deltas are not wanted',
    async ({ server, model }) => {
      server.enqueue({ text })
      const { events } = await read(model.stream({ ...hello, deltas: false }))
      assert.deepEqual(
        events.map(({ type }) => type),
        ['part', 'finish'],
      )
      assert(server.requests[0]?.body['stream'] !== true, 'the request asks for no stream')
      assert.match(String(server.requests[0]?.rawBody), /hello/)
    },
  ],
  [
    'gives the same parts and finish with and without deltas',
    async ({ server, model }) => {
      const answer = {
        reasoning: 'Let me think.',
        text,
        toolCalls: [{ name: 'add', input: { a: 1 }, callId: 'call_1' }],
        id: 'id_1',
        requestId: 'req_1',
        signature: 'sig_1',
      }
      server.enqueue(answer, answer)
      const streamed = await read(model.stream(hello))
      const whole = await read(model.stream({ ...hello, deltas: false }))
      assert.deepEqual(streamed.parts, whole.parts)
      assert.deepEqual(streamed.finish, whole.finish)
      assert.deepEqual(
        whole.parts.map(({ type }) => type),
        ['reasoning', 'text', 'tool-call'],
      )
    },
  ],
  [
    'gives only a finish for an empty answer',
    async ({ server, model }) => {
      server.enqueue({ text: '' }, { text: '' })
      for (const deltas of [true, false]) {
        const { events } = await read(model.stream({ ...hello, deltas }))
        assert.deepEqual(
          events.map(({ type }) => type),
          ['finish'],
        )
      }
    },
  ],
  [
    'keeps calls made at the same time apart',
    async ({ server, model }) => {
      for (let call = 0; call < 8; call++) server.enqueue({ text: `${call}`.repeat(40), deltaSize: 2 })
      const answers = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const [part] = (await read(model.stream(hello))).parts
          return part?.type === 'text' ? part.text : ''
        }),
      )
      assert.deepEqual(
        answers.toSorted(),
        Array.from({ length: 8 }, (_, call) => `${call}`.repeat(40)),
      )
    },
  ],
]

const reasoning: Check = [
  'streams reasoning apart from the text',
  async ({ server, model }) => {
    const answer = { reasoning: 'Hmm, let me see.', text, deltaSize: 4 }
    server.enqueue(answer, answer)
    for (const deltas of [true, false]) {
      const { events, parts } = await read(model.stream({ ...hello, deltas }))
      assert.deepEqual(
        parts.map((part) => (part.type === 'tool-call' ? part.type : [part.type, part.text])),
        [
          ['reasoning', 'Hmm, let me see.'],
          ['text', text],
        ],
      )
      assert.equal(
        events.some(({ type }) => type === 'reasoning-delta'),
        deltas,
      )
    }
  },
]

const scripted: Usage = {
  inputTokens: 100,
  outputTokens: 30,
  cachedInputTokens: 40,
  cacheWriteTokens: 20,
  cacheWrite1hTokens: 5,
  reasoningTokens: 12,
}

/** The splits each vendor reports. */
const reported = (dialect: WireDialect): Usage => {
  const { cacheWrite1hTokens, ...splits } = scripted
  if (dialect === 'ollama') return { inputTokens: 100, outputTokens: 30 }
  return dialect === 'anthropic' ? scripted : splits
}

const usage: Check = [
  'reports the usage exactly, with its splits',
  async ({ server, model, dialect }) => {
    server.enqueue({ text, usage: scripted }, { text, usage: scripted }, { text })
    for (const deltas of [true, false]) {
      const { finish } = await read(model.stream({ ...hello, deltas }))
      assert.deepEqual(usageOf(finish.usage), reported(dialect))
    }
    const { finish } = await read(model.stream(hello))
    assert.deepEqual(usageOf(finish.usage), { inputTokens: 10, outputTokens: 5 })
  },
]

const finishReasons = (dialect: WireDialect): Check => [
  'says why the model stopped',
  async ({ server, model }) => {
    const reasons: FinishReason[] = ['stop', 'length']
    if (dialect !== 'ollama') reasons.push('content-filter')
    for (const finish of reasons)
      for (const deltas of [true, false]) {
        server.enqueue({ text, finish })
        assert.equal((await read(model.stream({ ...hello, deltas }))).finish.reason, finish)
      }
    for (const deltas of [true, false]) {
      server.enqueue({ toolCalls: [{ name: 'add' }] })
      assert.equal((await read(model.stream({ ...hello, deltas }))).finish.reason, 'tool-calls')
    }
  },
]

const response = (dialect: WireDialect): Check => [
  'says who answered, under which ids and limits',
  async ({ server, model }) => {
    const now = Date.now()
    const rateLimit: RateLimit = {
      requestsLimit: 60,
      requestsRemaining: 59,
      requestsResetAt: now + 60_000,
      tokensLimit: 1000,
      tokensRemaining: 900,
      tokensResetAt: now + 120_000,
    }
    const answer = { text, id: 'answer_7', requestId: 'req_7', model: 'dated-2025-01-01', rateLimit }
    server.enqueue(answer, answer)
    for (const deltas of [true, false]) {
      const { finish } = await read(model.stream({ ...hello, deltas }))
      const { provider, modelId, id, requestId, rateLimit: limit = {} } = finish.response
      assert.deepEqual([provider, modelId], [model.provider, 'dated-2025-01-01'])
      if (dialect === 'ollama') continue
      assert.deepEqual([id, requestId], ['answer_7', 'req_7'])
      const { requestsResetAt = 0, tokensResetAt = 0, ...counts } = limit
      const { requestsResetAt: _, tokensResetAt: __, ...expected } = rateLimit
      assert.deepEqual(counts, expected)
      // Vendors round to seconds or send durations, which start when they are read.
      const slack = Date.now() - now + 1000
      assert(Math.abs(requestsResetAt - now - 60_000) <= slack, 'requestsResetAt is a time')
      assert(Math.abs(tokensResetAt - now - 120_000) <= slack, 'tokensResetAt is a time')
    }
  },
]

/** What a model makes of a good answer. */
export const answerChecks = (dialect: WireDialect): Check[] => [
  ...plain,
  reasoning,
  usage,
  finishReasons(dialect),
  response(dialect),
]
