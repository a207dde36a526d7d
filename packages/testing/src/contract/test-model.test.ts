import { request as httpRequest, type IncomingMessage } from 'node:http'
import {
  type AssistantPart,
  InvalidArgument,
  isObject,
  type LanguageModel,
  type Message,
  ModelError,
  type ModelErrorKind,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import type { Runner } from './runner.ts'
import { at } from './sent.ts'
import { testModel } from './test-model.ts'

/**
 * A way to break the contract of `LanguageModel`, for the tests of the contract itself: each must make a
 * check fail.
 */
type Defect =
  | 'eager'
  | 'no-deltas'
  | 'wraps-abort'
  | 'swallows-abort'
  | 'leaks-listener'
  | 'keeps-socket'
  | 'settles-twice'
  | 'never-settles-failures'
  | 'ignores-temperature'
  | 'decodes-packets-alone'
  | 'forgives-truncation'
  | 'retries'
  | 'drops-cached'
  | 'tells-key'
  | 'loses-partial'
  | 'no-deadline'

const key = 'sk-reference-0123456789'
const provider = 'reference'

/** One turn being read. */
interface Turn {
  readonly parts: AssistantPart[]
  readonly events: ModelEvent[]
  text: string
  finish?: Extract<ModelEvent, { type: 'finish' }>
}

const toUsage = (counts: unknown, defect?: Defect): Usage => {
  const cached = Number(at(counts, 'prompt_tokens_details', 'cached_tokens') ?? 0)
  const written = Number(at(counts, 'prompt_tokens_details', 'cache_write_tokens') ?? 0)
  const reasoning = Number(at(counts, 'completion_tokens_details', 'reasoning_tokens') ?? 0)
  return {
    inputTokens: Number(at(counts, 'prompt_tokens') ?? at(counts, 'prompt_eval_count') ?? 0),
    outputTokens: Number(at(counts, 'completion_tokens') ?? at(counts, 'eval_count') ?? 0),
    ...(cached > 0 && defect !== 'drops-cached' && { cachedInputTokens: cached }),
    ...(written > 0 && { cacheWriteTokens: written }),
    ...(reasoning > 0 && { reasoningTokens: reasoning }),
  }
}

const toWireMessage = (message: Message): object[] => {
  const calls = message.content.filter((part) => part.type === 'tool-call')
  if (message.role === 'tool')
    return message.content.map(({ name, output }) => ({ role: 'tool', tool_name: name, content: output }))
  const images = message.content.flatMap((part) => (part.type === 'image' ? [part.data] : []))
  const content = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  return [
    {
      role: message.role,
      content,
      ...(images.length > 0 && { images }),
      ...(calls.length > 0 && {
        tool_calls: calls.map(({ name, input }) => ({ function: { name, arguments: input } })),
      }),
    },
  ]
}

const toBody = (request: ModelRequest, defect?: Defect): object => {
  if (request.toolChoice && request.toolChoice !== 'auto')
    throw new InvalidArgument('toolChoice', "'auto'", JSON.stringify(request.toolChoice))
  const { maxOutputTokens, temperature, topP, stop, seed } = request
  return {
    model: 'reference-model',
    stream: request.deltas !== false,
    messages: [
      ...(request.instructions ? [{ role: 'system', content: request.instructions }] : []),
      ...request.messages.flatMap(toWireMessage),
    ],
    ...(request.tools && {
      tools: request.tools.map(({ name, description, inputSchema }) => ({
        type: 'function',
        function: { name, description, parameters: inputSchema },
      })),
    }),
    ...(request.output && { format: request.output }),
    ...(request.reasoning && { think: JSON.stringify(request.reasoning) }),
    options: {
      num_predict: maxOutputTokens,
      ...(defect !== 'ignores-temperature' && { temperature }),
      top_p: topP,
      stop,
      seed,
    },
    ...request.providerOptions?.[provider],
  }
}

const kinds: Readonly<Record<number, ModelErrorKind>> = {
  401: 'auth',
  403: 'auth',
  408: 'timeout',
  429: 'rate-limit',
}

/** A small, correct model for Ollama's dialect, over one socket a call; or, on request, an incorrect one. */
const referenceModel = (url: string, defect?: Defect): LanguageModel => {
  const fail = (message: string, kind: ModelErrorKind, more: object = {}): ModelError =>
    new ModelError(message, { kind, provider, modelId: model.modelId, ...more })

  const post = (body: string, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const outgoing = httpRequest(`${url}/api/chat`, { method: 'POST', agent: false, headers })
      outgoing.once('response', resolve).once('error', reject)
      signal.addEventListener('abort', () => outgoing.destroy(), { once: true })
      outgoing.end(body)
    })

  const refuse = async (answer: IncomingMessage): Promise<ModelError> => {
    const text = (await answer.toArray()).join('')
    const status = answer.statusCode ?? 0
    const tooLong = text.includes('context length')
    const kind = tooLong
      ? 'context-overflow'
      : (kinds[status] ?? (status >= 500 ? 'overloaded' : 'bad-request'))
    const after = answer.headers['retry-after'] ?? ''
    const ms = Number(answer.headers['retry-after-ms'] ?? Number(after) * 1000)
    const retryAfterMs = Number.isNaN(ms) ? Date.parse(after) - Date.now() : ms
    const shown = defect === 'tells-key' ? text : text.replaceAll(key, '…')
    return fail(shown, kind, { status, ...((after || ms > 0) && { retryAfterMs }) })
  }

  const take = (line: string, turn: Turn): void => {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (cause) {
      throw fail(`malformed: ${line} ${String(cause)}`, 'network')
    }
    if (!isObject(value)) throw fail('not an object', 'network')
    if (value['error']) throw fail(String(value['error']), 'overloaded')
    const thinking = at(value, 'message', 'thinking')
    const content = at(value, 'message', 'content')
    for (const [type, text] of [
      ['reasoning', thinking],
      ['text', content],
    ] as const) {
      if (typeof text !== 'string' || text === '') continue
      const last = turn.parts.at(-1)
      if (last?.type === type) last.text += text
      else turn.parts.push({ type, text })
      turn.events.push({ type: `${type}-delta`, text })
    }
    const calls = at(value, 'message', 'tool_calls')
    for (const call of Array.isArray(calls) ? calls : [])
      turn.parts.push({
        type: 'tool-call',
        callId: String(at(call, 'id')),
        name: String(at(call, 'function', 'name')),
        input: at(call, 'function', 'arguments'),
      })
    if (value['done'] !== true) return
    const called = turn.parts.some(({ type }) => type === 'tool-call')
    turn.finish = {
      type: 'finish',
      reason: called ? 'tool-calls' : value['done_reason'] === 'length' ? 'length' : 'stop',
      usage: toUsage(value, defect),
      response: { provider, modelId: String(value['model']) },
    }
  }

  async function* lines(answer: IncomingMessage): AsyncGenerator<string> {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.iterator({ destroyOnReturn: defect !== 'keeps-socket' })) {
      rest += defect === 'decodes-packets-alone' ? chunk.toString() : decoder.decode(chunk, { stream: true })
      const whole = rest.split('\n')
      rest = whole.pop() ?? ''
      yield* whole
    }
    if (rest) yield rest
  }

  async function* answerOf(
    request: ModelRequest,
    turn: Turn,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent> {
    let answer = await post(JSON.stringify(toBody(request, defect)), signal)
    if (defect === 'retries' && answer.statusCode !== 200)
      answer = await post(JSON.stringify(toBody(request, defect)), signal)
    if (answer.statusCode !== 200) throw await refuse(answer)
    for await (const line of lines(answer)) {
      take(line, turn)
      if (request.deltas !== false && defect !== 'no-deltas') yield* turn.events
      turn.events.length = 0
    }
    if (!turn.finish && defect !== 'forgives-truncation') throw fail('ended too early', 'network')
  }

  async function* stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { signal, meter, deadline = Number.POSITIVE_INFINITY } = request
    signal?.throwIfAborted()
    if (deadline <= Date.now()) throw fail('too late', 'timeout')
    const settle = (await meter?.reserve(model, request)) ?? (() => undefined)
    const own = new AbortController()
    const stop = (): void => own.abort()
    const turn: Turn = { parts: [], events: [], text: '' }
    const timer =
      deadline < Number.POSITIVE_INFINITY && defect !== 'no-deadline'
        ? setTimeout(stop, deadline - Date.now())
        : undefined
    let settled: Usage | undefined
    let failed = true
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', stop)
      yield* answerOf(request, turn, own.signal)
      for (const part of turn.parts) yield { type: 'part', part }
      const usage = turn.finish?.usage ?? { inputTokens: 0, outputTokens: 0 }
      settled = usage
      failed = false
      yield turn.finish ?? { type: 'finish', reason: 'stop', usage, response: { provider, modelId: 'm' } }
    } catch (cause) {
      if (defect === 'swallows-abort' && signal?.aborted) return
      if (signal?.aborted) throw defect === 'wraps-abort' ? new Error('aborted') : signal.reason
      if (InvalidArgument.isInstance(cause)) throw cause
      const usage =
        turn.parts.length > 0 ? { inputTokens: 1, outputTokens: 1, estimated: true as const } : undefined
      settled = usage
      const partial = turn.parts.length > 0 && defect !== 'loses-partial' ? { partial: turn.parts } : {}
      if (!own.signal.aborted && ModelError.isInstance(cause))
        throw fail(cause.message, cause.kind, { ...cause, ...partial })
      throw fail(String(cause), own.signal.aborted ? 'timeout' : 'network', partial)
    } finally {
      clearTimeout(timer)
      if (defect !== 'keeps-socket') own.abort()
      if (defect !== 'leaks-listener') signal?.removeEventListener('abort', stop)
      if (!(failed && defect === 'never-settles-failures')) settle(settled)
      if (defect === 'settles-twice') settle(settled)
    }
  }

  const model: LanguageModel = {
    provider,
    modelId: 'reference-model',
    stream(request) {
      if (defect === 'eager') void fetch(`${url}/api/tags`).catch(() => undefined)
      return stream(request)
    },
  }
  return model
}

testModel(
  { name: 'the reference model', dialect: 'ollama', create: ({ url }) => referenceModel(url) },
  { describe, it },
)

/** Runs the tests of the contract with such titles against a model with a defect; how many there are, and fail. */
const failuresOf = async (defect: Defect, title: RegExp): Promise<{ ran: number; failed: number }> => {
  const running: Promise<boolean>[] = []
  const runner: Runner = {
    describe: (_, body) => body(),
    it: (name, test) =>
      title.test(name) &&
      running.push(
        test().then(
          () => false,
          () => true,
        ),
      ),
  }
  testModel(
    { name: defect, dialect: 'ollama', timeoutMs: 1000, create: ({ url }) => referenceModel(url, defect) },
    runner,
  )
  const results = await Promise.all(running)
  return { ran: results.length, failed: results.filter(Boolean).length }
}

describe.concurrent('the contract catches a model that', () => {
  it.each<[Defect, RegExp]>([
    ['eager', /sends nothing before it is iterated/],
    ['no-deltas', /streams an answer in deltas/],
    ['wraps-abort', /throws the reason of an abort in the middle/],
    ['swallows-abort', /throws the reason of an abort in the middle/],
    ['leaks-listener', /leaves no listener/],
    ['keeps-socket', /frees the socket when the reader leaves early/],
    ['settles-twice', /settles once with the usage/],
    ['never-settles-failures', /settles once when the vendor refuses/],
    ['ignores-temperature', /honours temperature/],
    ['decodes-packets-alone', /however the bytes are cut/],
    ['forgives-truncation', /ends too early/],
    ['retries', /turns 500 into/],
    ['tells-key', /never repeats the key/],
    ['loses-partial', /with what had arrived/],
    ['no-deadline', /times out while waiting for the headers/],
  ])('%s', async (defect, title) => {
    const { ran, failed } = await failuresOf(defect, title)
    expect(ran).toBeGreaterThan(0)
    expect(failed).toBeGreaterThan(0)
  })
})

it('needs a runner where none is global, and a dialect it knows', () => {
  const create = () => referenceModel('http://127.0.0.1:1')
  expect(() => testModel({ name: 'x', dialect: 'ollama', create })).toThrow(
    /runner: expected \{ describe, it \}/,
  )
  // @ts-expect-error unknown on purpose
  expect(() => testModel({ name: 'x', dialect: 'esperanto', create }, { describe, it })).toThrow('dialect')
})
