import { getEventListeners } from 'node:events'
import Anthropic from '@anthropic-ai/sdk'
import {
  InvalidArgument,
  type LanguageModel,
  type Meter,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
  userText,
} from '@ashlar/core'
import { createWireServer, type WireAnswer } from '@ashlar/testing/wire'
import { createHttpClient } from '@ashlar/wire'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { anthropic, type AnthropicModel, type AnthropicOptions } from './anthropic.ts'
import { countTokens } from './count-tokens.ts'

const server = await createWireServer()
const http = createHttpClient()
afterAll(async () => {
  http.close()
  await server.close()
})
afterEach(() => {
  server.reset()
  vi.unstubAllEnvs()
})

type Make = (
  options?: Pick<AnthropicOptions, 'headers' | 'betas' | 'cache'>,
  modelId?: string,
) => AnthropicModel

const builtIn: Make = (options, modelId = 'claude-opus-5') =>
  anthropic(modelId, { apiKey: 'sk-secret', baseURL: server.url, http, ...options })
const throughClient: Make = (options, modelId = 'claude-opus-5') =>
  anthropic(modelId, { client: new Anthropic({ apiKey: 'sk-secret', baseURL: server.url }), ...options })
const transports: [string, Make][] = [
  ['the built-in transport', builtIn],
  ['a client of the SDK', throughClient],
]

const hello: ModelRequest = { messages: [userText('Hi')] }

const collect = async (model: LanguageModel, request: Partial<ModelRequest> = {}): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of model.stream({ ...hello, ...request })) events.push(event)
  return events
}

const failure = async (run: Promise<unknown>): Promise<ModelError> => {
  const error = await run.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (ModelError.isInstance(error)) return error
  throw new Error(`expected a ModelError, got ${String(error)}`)
}

const metered = (): { meter: Meter; settled: (Usage | undefined)[] } => {
  const settled: (Usage | undefined)[] = []
  return { settled, meter: { reserve: async () => (usage) => void settled.push(usage) } }
}

const full: WireAnswer = {
  reasoning: 'Let me think about it.',
  text: 'The weather in Zürich 🌤 is fine.',
  toolCalls: [
    { name: 'weather', input: { city: 'Zürich' }, callId: 'a' },
    { name: 'weather', input: '{"city": ', callId: 'b' },
  ],
  usage: {
    inputTokens: 1000,
    serviceTier: 'standard',
    outputTokens: 50,
    cachedInputTokens: 800,
    cacheWriteTokens: 150,
    reasoningTokens: 20,
  },
  rateLimit: { requestsLimit: 50, requestsRemaining: 49, tokensLimit: 1000, tokensRemaining: 900 },
  requestId: 'req_7',
}

const finished = {
  type: 'finish',
  reason: 'tool-calls',
  usage: full.usage,
  response: {
    provider: 'anthropic',
    modelId: 'claude-opus-5',
    id: expect.stringMatching(/^msg_/),
    requestId: 'req_7',
    rateLimit: full.rateLimit,
  },
}

const parts = [
  {
    type: 'reasoning',
    text: full.reasoning,
    providerData: { anthropic: { signature: 'sig' } },
  },
  { type: 'text', text: full.text },
  { type: 'tool-call', callId: 'a', name: 'weather', input: { city: 'Zürich' } },
  { type: 'tool-call', callId: 'b', name: 'weather', input: '{"city": ' },
]

describe.each(transports)('through %s', (_, make) => {
  it.each([{ bytes: 1 }, { bytes: 7 }, { frames: 1 }, { frames: Number.POSITIVE_INFINITY }])(
    'an answer in writes of %j',
    async (pace) => {
      server.enqueue({ ...full, signature: 'sig', pace })
      const events = await collect(make())
      expect(events.flatMap((event) => (event.type === 'part' ? [event.part] : []))).toEqual(parts)
      expect(events.at(-1)).toEqual(finished)
      const text = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
      expect(text).toBe(full.text)
    },
  )

  it('an answer in one call without deltas', async () => {
    server.enqueue({ ...full, signature: 'sig' })
    const events = await collect(make(), { deltas: false })
    expect(server.requests[0]?.body).toMatchObject({ stream: false })
    expect(events).toEqual([...parts.map((part) => ({ type: 'part', part })), finished])
  })

  it('sends thinking back, results and all', async () => {
    server.enqueue({ ...full, signature: 'sig' }, 'Done.')
    const model = make({ cache: false })
    const content = (await collect(model)).flatMap((event) => (event.type === 'part' ? [event.part] : []))
    await collect(model, {
      messages: [
        ...hello.messages,
        { role: 'assistant', content },
        { role: 'tool', content: [{ type: 'tool-result', callId: 'a', name: 'weather', output: '12°' }] },
      ],
    })
    expect(server.requests[1]?.body).toMatchObject({
      messages: [
        {},
        { content: [{ type: 'thinking', thinking: full.reasoning, signature: 'sig' }, {}, {}, {}] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '12°' }] },
      ],
    })
  })

  it('headers of the model and of the request', async () => {
    server.enqueue('ok')
    await collect(make({ headers: { 'x-mine': 'yes' }, betas: ['a-1', 'b-2'] }, 'claude-haiku-4-5'), {
      temperature: 0.5,
      providerOptions: { anthropic: { betas: ['b-2', 'c-3'] } },
    })
    expect(server.requests[0]?.headers).toMatchObject({
      'x-mine': 'yes',
      'anthropic-beta': 'a-1,b-2,c-3',
      'anthropic-version': '2023-06-01',
    })
    server.enqueue('ok')
    await collect(make())
    expect(server.requests[1]?.headers).toMatchObject({ 'anthropic-version': '2026-10-21' })
    expect(server.requests[1]?.headers).not.toHaveProperty('anthropic-beta')
  })

  it.each<[string, WireAnswer, Partial<ModelError>]>([
    ['a wrong key', { fault: { status: 401 } }, { kind: 'auth', status: 401, retryable: false }],
    [
      'a rate limit',
      { fault: { status: 429, headers: { 'retry-after': '3' } } },
      { kind: 'rate-limit', status: 429, retryable: true, retryAfterMs: 3000 },
    ],
    ['an overload', { fault: { status: 529 } }, { kind: 'overloaded', status: 529, retryable: true }],
    ['a server error', { fault: { status: 500 } }, { kind: 'overloaded', status: 500 }],
    [
      'a prompt that is too long',
      { fault: { status: 400, kind: 'context-overflow' } },
      { kind: 'context-overflow', retryable: false },
    ],
    ['a bad request', { fault: { status: 400 } }, { kind: 'bad-request', retryable: false }],
    ['an unknown model', { fault: { status: 404 } }, { kind: 'bad-request', status: 404 }],
  ])('%s is a ModelError, once', async (_name, answer, facts) => {
    server.enqueue({ ...answer, requestId: 'req_9' }, 'not asked for')
    const { meter, settled } = metered()
    const error = await failure(collect(make(), { meter }))
    expect(error).toMatchObject({
      provider: 'anthropic',
      modelId: 'claude-opus-5',
      requestId: 'req_9',
      ...facts,
    })
    expect(error.message).not.toContain('sk-secret')
    expect(settled).toEqual([undefined])
    expect(server.remaining).toBe(1)
  })

  it('an error inside a 200 keeps what had arrived', async () => {
    server.enqueue({ text: 'Half an answer, and then', fault: { errorFrame: 4 }, requestId: 'req_3' })
    const { meter, settled } = metered()
    const error = await failure(collect(make(), { meter }))
    expect(error).toMatchObject({ kind: 'overloaded', retryable: true, requestId: 'req_3' })
    expect(error.message).toContain('Overloaded')
    expect(error.partial).toEqual([{ type: 'text', text: 'Half an answer, ' }])
    expect(settled).toEqual([error.usage])
    expect(error.usage).toMatchObject({ inputTokens: 10, estimated: 'output' })
  })

  it.each<[string, WireAnswer['fault']]>([
    ['ends without message_stop', { stop: 'end', at: { frames: 4 } }],
    ['closes', { stop: 'close', at: { frames: 4 } }],
    ['resets', { stop: 'reset', at: { frames: 4 } }],
    ['sends malformed JSON', { malformedFrame: 4 }],
  ])('a stream that %s is a network error with what had arrived', async (_name, fault) => {
    server.enqueue({
      text: 'Half an answer, and then',
      pace: { frames: 1, everyMs: 1 },
      ...(fault && { fault }),
    })
    const error = await failure(collect(make()))
    expect(error).toMatchObject({ kind: 'network', retryable: true })
    expect(error.partial).toEqual([{ type: 'text', text: 'Half an answer, ' }])
  })

  it.each(['request', 'headers', { frames: 3 }] as const)('a hang at %j ends at the deadline', async (at) => {
    server.enqueue({ text: 'Never', fault: { stop: 'hang', at } })
    const error = await failure(collect(make(), { deadline: Date.now() + 100 }))
    expect(error).toMatchObject({ kind: 'timeout', retryable: true })
    await server.until((state) => state.activeRequests === 0)
  })

  it.each([true, false])(
    'an abort throws its reason and leaves nothing behind, deltas: %j',
    async (deltas) => {
      const at = deltas ? ({ frames: 4 } as const) : ('headers' as const)
      server.enqueue({ text: 'Half an answer, and then', fault: { stop: 'hang', at } })
      const controller = new AbortController()
      const { meter, settled } = metered()
      const model = make()
      const run = collect(model, { deltas, meter, signal: controller.signal })
      const reason = run.catch((error: unknown) => error)
      await server.until((state) => state.requests[0]?.status === 200)
      controller.abort('enough')
      expect(await reason).toBe('enough')
      await server.until((state) => state.activeRequests === 0)
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      expect(settled).toHaveLength(1)
      if (deltas) expect(settled[0]).toMatchObject({ inputTokens: 10, estimated: 'output' })
    },
  )

  it('a hundred aborted calls leave no listener and no socket that works', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const model = make()
    const runs = Array.from({ length: 100 }, (_call, index) => {
      const at = [{ frames: 3 }, 'headers', 'request'] as const
      server.enqueue({ text: 'Never', fault: { stop: 'hang', at: at[index % 3] ?? 'request' } })
      return collect(model, { signal }).catch((error: unknown) => error)
    })
    await server.until((state) => state.activeRequests === 100)
    controller.abort('all of it')
    expect(new Set(await Promise.all(runs))).toEqual(new Set(['all of it']))
    await server.until((state) => state.activeRequests === 0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('leaving early frees the connection and settles', async () => {
    server.enqueue({ text: 'Half an answer, and then', fault: { stop: 'hang', at: { frames: 4 } } })
    const { meter, settled } = metered()
    for await (const event of make().stream({ ...hello, meter })) if (event.type === 'text-delta') break
    await server.until((state) => state.activeRequests === 0)
    expect(settled).toEqual([
      {
        inputTokens: 10,
        outputTokens: expect.any(Number),
        serviceTier: 'standard',
        estimated: 'output',
      },
    ])
  })

  it('counts tokens of what it would send', async () => {
    server.enqueue({ endpoint: 'count-tokens', usage: { inputTokens: 321 } })
    const tools = [{ name: 'f', description: 'F', inputSchema: {} }]
    await expect(
      countTokens(make(), {
        ...hello,
        instructions: 'Be brief.',
        tools,
        toolChoice: 'none',
        reasoning: 'low',
      }),
    ).resolves.toBe(321)
    expect(server.requests[0]).toMatchObject({
      path: '/v1/messages/count_tokens',
      body: {
        system: [{ text: 'Be brief.' }],
        tools: [{ name: 'f' }],
        tool_choice: { type: 'none' },
        thinking: { type: 'adaptive' },
        output_config: { effort: 'low' },
      },
    })
    expect(server.requests[0]?.body).not.toHaveProperty('max_tokens')
  })

  it('fails to count like it fails to answer', async () => {
    server.enqueue({ endpoint: 'count-tokens', fault: { status: 429 } })
    expect(await failure(countTokens(make(), hello))).toMatchObject({ kind: 'rate-limit', status: 429 })
    server.enqueue({ endpoint: 'count-tokens', fault: { malformedFrame: 0 } })
    expect(await failure(countTokens(make(), hello))).toMatchObject({ kind: 'network' })
    await expect(countTokens(make(), { ...hello, signal: AbortSignal.abort('no') })).rejects.toBe('no')
  })

  it('refuses a request before it is sent', async () => {
    const { meter, settled } = metered()
    await expect(collect(make(), { seed: 1, meter })).rejects.toSatisfy(InvalidArgument.isInstance)
    expect(settled).toEqual([undefined])
    expect(server.requests).toHaveLength(0)
  })
})

describe('both transports', () => {
  it('send the same body', async () => {
    const request: Partial<ModelRequest> = {
      instructions: 'Be brief.',
      tools: [{ name: 'f', description: 'F', inputSchema: { type: 'object' } }],
      reasoning: 'high',
      output: { type: 'object', properties: { a: { type: 'string' } } },
      stop: ['END'],
      providerOptions: { anthropic: { metadata: { user_id: 'u' } } },
    }
    for (const deltas of [true, false]) {
      server.reset()
      for (const [, make] of transports) {
        server.enqueue('ok')
        await collect(make(), { ...request, deltas })
      }
      expect(server.requests[0]?.body).toEqual(server.requests[1]?.body)
    }
  })
})

describe('a server that answers otherwise', () => {
  it('with a whole message to a request for a stream', async () => {
    const body = {
      type: 'message',
      content: [{ type: 'text', text: 'Hello' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 1 },
    }
    server.enqueue({ fault: { status: 200, body } })
    expect(await collect(builtIn())).toMatchObject([
      { type: 'text-delta', text: 'Hello' },
      { type: 'part', part: { text: 'Hello' } },
      { type: 'finish', reason: 'stop', usage: { inputTokens: 3 } },
    ])
  })

  it.each([
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Busy' } }, 'overloaded'],
    [{ hello: 'world' }, 'bad-request'],
    ['<html>Welcome to the hotel</html>', 'network'],
  ])('with %j', async (body, kind) => {
    server.enqueue({ fault: { status: 200, body } })
    expect(await failure(collect(builtIn()))).toMatchObject({ kind })
  })
})

describe('anthropic()', () => {
  it('finds key, token and address in the environment', async () => {
    vi.stubEnv('ANTHROPIC_BASE_URL', `${server.url}/`)
    vi.stubEnv('ANTHROPIC_API_KEY', '')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token')
    server.enqueue('one', 'two', 'three', 'four')
    await collect(anthropic('claude-opus-5'))
    vi.stubEnv('ANTHROPIC_API_KEY', 'from-env')
    await collect(anthropic('claude-opus-5'))
    await collect(anthropic('claude-opus-5', { apiKey: 'explicit' }))
    await collect(anthropic('claude-opus-5', { authToken: 'explicit' }))
    const seen = server.requests.map(({ headers }) => headers['x-api-key'] ?? headers.authorization)
    expect(seen).toEqual(['Bearer token', 'from-env', 'explicit', 'Bearer explicit'])
  })

  it('names the variable when there is no key, at the first call', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', '')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', '')
    const model = anthropic('claude-opus-5', { baseURL: server.url })
    await expect(collect(model)).rejects.toThrow(/ANTHROPIC_API_KEY/)
    await expect(countTokens(model, hello)).rejects.toSatisfy(InvalidArgument.isInstance)
  })

  it('never repeats the key', async () => {
    const message = 'The key sk-secret is wrong'
    server.enqueue({ fault: { status: 401, message } }, { text: 'x', fault: { errorFrame: 2, message } })
    for (const status of [401, undefined]) {
      const error = await failure(collect(builtIn()))
      expect(error.status).toBe(status)
      expect(error.message).toContain('The key [redacted] is wrong')
    }
  })

  it('goes by another name for a compatible server', async () => {
    const model = anthropic('kimi-k9', {
      apiKey: 'k',
      baseURL: server.url,
      providerName: 'kimi',
      cache: false,
    })
    server.enqueue({ reasoning: 'Hm.', text: 'Yes.', signature: 'sig' })
    const events = await collect(model, { providerOptions: { kimi: { top_k: 5 }, anthropic: { top_k: 7 } } })
    expect(server.requests[0]?.body).toMatchObject({ top_k: 5 })
    expect(events).toContainEqual({
      type: 'part',
      part: { type: 'reasoning', text: 'Hm.', providerData: { kimi: { signature: 'sig' } } },
    })
    expect(events.at(-1)).toMatchObject({ response: { provider: 'kimi' } })
  })

  it('does nothing until it is iterated', () => {
    builtIn().stream(hello)
    expect(server.requests).toHaveLength(0)
  })

  it.each<[AnthropicOptions, string]>([
    [{ apiKey: 'a', authToken: 'b' }, 'authToken'],
    [{ apiKey: ' ' }, 'apiKey'],
    [{ authToken: '' }, 'authToken'],
    [{ baseURL: 'nowhere' }, 'baseURL'],
    [{ client: new Anthropic({ apiKey: 'a' }), apiKey: 'b' }, 'client'],
    [JSON.parse('{"apikey": "a"}'), 'apikey'],
    [JSON.parse('{"cache": "1d"}'), 'cache'],
  ])('refuses %o', (options, argument) => {
    expect(() => anthropic('claude-opus-5', options)).toThrow(expect.objectContaining({ argument }))
  })

  it('refuses a model without an id', () => {
    expect(() => anthropic('')).toThrow('modelId')
  })
})

describe('a client', () => {
  it('that cannot be reached is a network error, and nothing is billed', async () => {
    const gone = await createWireServer()
    await gone.close()
    const { meter, settled } = metered()
    const client = new Anthropic({ apiKey: 'a', baseURL: gone.url })
    const error = await failure(collect(anthropic('claude-opus-5', { client }), { meter }))
    expect(error).toMatchObject({
      kind: 'network',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
      cause: { phase: 'connect', sent: false },
    })
    expect(settled).toEqual([undefined])
  })

  it('that cannot count says so', async () => {
    const { messages } = new Anthropic({ apiKey: 'a', baseURL: server.url })
    const client = { messages: { create: messages.create.bind(messages) } }
    await expect(countTokens(anthropic('claude-opus-5', { client }), hello)).rejects.toThrow('Bedrock')
  })
})
