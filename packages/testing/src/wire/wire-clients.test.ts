import Anthropic from '@anthropic-ai/sdk'
import type { RateLimit } from '@ashlar/core'
import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WireAnswer } from './wire-answer.ts'
import { createWireServer } from './wire-server.ts'

// Both servers must be understood by the vendors' own clients in the same way: ours because it claims to
// write what the vendors write, aimock because it is a second, independent account of what that is.
const server = await createWireServer({ models: ['test-model'] })
const mock = new LLMock({ port: 0 })
beforeAll(async () => void (await mock.start()))
afterAll(async () => {
  await mock.stop()
  await server.close()
})
afterEach(() => {
  server.reset()
  mock.clearFixtures()
})

const weather = { name: 'weather', input: { city: 'Zürich', days: [1, 2] }, callId: 'call_w' }

const script = (who: 'ours' | 'aimock', answer: { text?: string; call?: boolean; reasoning?: string }) => {
  if (who === 'ours') {
    server.enqueue({
      ...(answer.text && { text: answer.text }),
      ...(answer.reasoning && { reasoning: answer.reasoning }),
      ...(answer.call && { toolCalls: [weather] }),
      deltaSize: 3,
    })
    return server.url
  }
  const call = { name: weather.name, arguments: JSON.stringify(weather.input), id: weather.callId }
  const { text = '', reasoning } = answer
  mock.onMessage(/.*/, {
    content: text,
    ...(answer.call && { toolCalls: [call] }),
    ...(reasoning && { reasoning }),
  })
  return mock.url
}

const openai = (url: string) => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 })
const anthropic = (url: string) => new Anthropic({ apiKey: 'k', baseURL: url, maxRetries: 0 })
const hello = [{ role: 'user' as const, content: 'hello' }]

describe.each(['ours', 'aimock'] as const)('%s, read by the official clients', (who) => {
  it('chat completions, plain and streamed', async () => {
    for (const stream of [false, true]) {
      const client = openai(script(who, { text: 'It is sunny.', call: true }))
      const request = { model: 'test-model', messages: hello }
      const done = stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.create(request)
      const [choice] = done.choices
      expect(choice?.finish_reason).toBe('tool_calls')
      expect(choice?.message.content).toBe('It is sunny.')
      const call = choice?.message.tool_calls?.[0]
      expect(call).toMatchObject({ id: 'call_w', type: 'function', function: { name: 'weather' } })
      expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual(weather.input)
    }
  })

  it('responses, plain and streamed', async () => {
    for (const stream of [false, true]) {
      const client = openai(script(who, { text: 'It is sunny.', call: true }))
      const request = { model: 'test-model', input: 'hello' }
      const done = stream
        ? await client.responses.stream(request).finalResponse()
        : await client.responses.create(request)
      expect([done.status, done.output_text]).toEqual(['completed', 'It is sunny.'])
      const call = done.output.find((item) => item.type === 'function_call')
      expect(call).toMatchObject({ call_id: 'call_w', name: 'weather' })
      expect(JSON.parse(call?.type === 'function_call' ? call.arguments : '')).toEqual(weather.input)
    }
  })

  it('messages, plain and streamed', async () => {
    for (const stream of [false, true]) {
      const client = anthropic(script(who, { reasoning: 'Hm.', text: 'It is sunny.', call: true }))
      const request = { model: 'test-model', max_tokens: 9, messages: hello }
      const done = stream
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request)
      expect(done.stop_reason).toBe('tool_use')
      expect(done.content).toMatchObject([
        { type: 'thinking', thinking: 'Hm.', signature: expect.any(String) },
        { type: 'text', text: 'It is sunny.' },
        { type: 'tool_use', id: 'call_w', name: 'weather', input: weather.input },
      ])
    }
  })
})

const exact: WireAnswer = {
  reasoning: 'Let me see.',
  text: 'Done.',
  model: 'test-model-2025-01-01',
  signature: 'sig',
  usage: {
    inputTokens: 100,
    cachedInputTokens: 40,
    cacheWriteTokens: 20,
    cacheWrite1hTokens: 5,
    outputTokens: 30,
    reasoningTokens: 12,
  },
}

describe('exact usage, read by the official clients', () => {
  it('chat completions', async () => {
    server.enqueue(exact, exact)
    const client = openai(server.url)
    const request = { model: 'test-model', messages: hello }
    const plain = await client.chat.completions.create(request)
    const streamed = await client.chat.completions
      .stream({ ...request, stream_options: { include_usage: true } })
      .finalChatCompletion()
    expect(plain.usage).toEqual(streamed.usage)
    expect(plain.usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 30,
      total_tokens: 130,
      prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 12 },
    })
    expect([plain.model, plain.id, streamed.id]).toEqual([
      'test-model-2025-01-01',
      expect.stringMatching(/^chatcmpl-/),
      expect.stringMatching(/^chatcmpl-/),
    ])
  })

  it('responses, with reasoning that can be sent back', async () => {
    server.enqueue(exact, exact)
    const client = openai(server.url)
    const plain = await client.responses.create({ model: 'test-model', input: 'hello' })
    const streamed = await client.responses.stream({ model: 'test-model', input: 'hello' }).finalResponse()
    expect(streamed.usage).toEqual(plain.usage)
    expect(plain.usage).toEqual({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 },
      output_tokens: 30,
      output_tokens_details: { reasoning_tokens: 12 },
      total_tokens: 130,
    })
    for (const { output } of [plain, streamed])
      expect(output[0]).toMatchObject({
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'Let me see.' }],
        encrypted_content: 'sig',
      })
  })

  it('messages: input without what was cached or written', async () => {
    server.enqueue(exact, exact)
    const request = { model: 'test-model', max_tokens: 9, messages: hello }
    const plain = await anthropic(server.url).messages.create(request)
    const streamed = await anthropic(server.url).messages.stream(request).finalMessage()
    for (const { usage } of [plain, streamed])
      expect(usage).toMatchObject({
        input_tokens: 40,
        cache_read_input_tokens: 40,
        cache_creation_input_tokens: 20,
        cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
        output_tokens: 30,
        output_tokens_details: { thinking_tokens: 12 },
      })
  })
})

describe('ends and errors, read by the official clients', () => {
  it('says why it stopped', async () => {
    const request = { model: 'test-model', messages: hello }
    const reasons = []
    for (const finish of ['length', 'content-filter'] as const) {
      server.enqueue({ text: 'a', finish }, { text: 'a', finish }, { text: 'a', finish })
      const chat = await openai(server.url).chat.completions.create(request)
      const response = await openai(server.url).responses.create({ model: 'test-model', input: 'a' })
      const message = await anthropic(server.url).messages.create({ ...request, max_tokens: 1 })
      reasons.push(chat.choices[0]?.finish_reason, response.incomplete_details?.reason, message.stop_reason)
    }
    expect(reasons).toEqual([
      'length',
      'max_output_tokens',
      'max_tokens',
      'content_filter',
      'content_filter',
      'refusal',
    ])
  })

  it('fails with status, request id and code', async () => {
    const answer = (status: number): WireAnswer => ({ requestId: 'req_9', fault: { status } })
    const request = { model: 'test-model', messages: hello }
    server.enqueue(answer(401), answer(429), answer(529))
    const chat = await openai(server.url)
      .chat.completions.create(request)
      .catch((error: unknown) => error)
    expect(chat).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(chat).toMatchObject({ status: 401, requestID: 'req_9', code: 'invalid_api_key' })
    const limited = await openai(server.url)
      .responses.create({ model: 'm' })
      .catch((error: unknown) => error)
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError)
    const busy = await anthropic(server.url)
      .messages.create({ ...request, max_tokens: 1 })
      .catch((error: unknown) => error)
    expect(busy).toMatchObject({ status: 529, requestID: 'req_9', type: 'overloaded_error' })
  })

  it('knows no model, as each vendor says it', async () => {
    const request = { model: 'gpt-none', messages: hello }
    const fault = { status: 404 }
    server.enqueue({ fault }, { fault }, { fault }, { fault: { status: 404, body: 'Not Found' } })
    const failed = async (call: PromiseLike<unknown>): Promise<unknown> =>
      call.then(
        () => 'none',
        (e) => e,
      )
    const missing = {
      status: 404,
      code: 'model_not_found',
      error: {
        message: 'The model `gpt-none` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    }
    const { url } = server
    expect(await failed(openai(url).chat.completions.create(request))).toMatchObject(missing)
    expect(await failed(openai(url).responses.create({ model: 'gpt-none' }))).toMatchObject(missing)
    expect(await failed(anthropic(url).messages.create({ ...request, max_tokens: 1 }))).toMatchObject({
      status: 404,
      error: { error: { type: 'not_found_error', message: 'model: gpt-none' } },
    })
    const other = await failed(openai(url).chat.completions.create(request))
    expect(other).toBeInstanceOf(OpenAI.NotFoundError)
    expect(other).not.toMatchObject({ code: 'model_not_found' })
  })

  it('fails inside a stream', async () => {
    const request = { model: 'test-model', messages: hello }
    const fault = { errorFrame: 2, message: 'boom' }
    server.enqueue({ text: 'a', fault }, { text: 'a', fault }, { text: 'a', fault })
    await expect(openai(server.url).chat.completions.stream(request).finalChatCompletion()).rejects.toThrow(
      'boom',
    )
    await expect(openai(server.url).responses.stream({ model: 'm' }).finalResponse()).rejects.toThrow('boom')
    const messages = anthropic(server.url).messages.stream({ ...request, max_tokens: 1 })
    await expect(messages.finalMessage()).rejects.toThrow('boom')
  })

  it('tells the limits in each vendor’s headers', async () => {
    const rateLimit: RateLimit = {
      requestsLimit: 60,
      requestsRemaining: 59,
      requestsResetAt: Date.now() + 90_000,
      tokensLimit: 1000,
      tokensRemaining: 900,
      tokensResetAt: Date.now() + 50,
    }
    const request = { model: 'test-model', messages: hello }
    server.enqueue({ rateLimit }, { rateLimit })
    const chat = await openai(server.url).chat.completions.create(request).asResponse()
    expect(Object.fromEntries(chat.headers)).toMatchObject({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-requests': expect.stringMatching(/^1m\d+(\.\d+)?s$/),
      'x-ratelimit-reset-tokens': expect.stringMatching(/^\d+ms$/),
    })
    const message = await anthropic(server.url)
      .messages.create({ ...request, max_tokens: 1 })
      .asResponse()
    expect(Object.fromEntries(message.headers)).toMatchObject({
      'anthropic-ratelimit-requests-limit': '60',
      'anthropic-ratelimit-tokens-remaining': '900',
      'anthropic-ratelimit-requests-reset': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/),
    })
  })
})

describe('side endpoints, read by the official clients', () => {
  it('embeds, in floats and in base64', async () => {
    server.enqueue({ endpoint: 'embed', vectors: [[0.5, -1]] }, { endpoint: 'embed', vectors: [[0.5, -1]] })
    const client = openai(server.url)
    const base64 = await client.embeddings.create({ model: 'm', input: ['a'] })
    const floats = await client.embeddings.create({ model: 'm', input: ['a'], encoding_format: 'float' })
    expect([base64.data[0]?.embedding, floats.data[0]?.embedding]).toEqual([
      [0.5, -1],
      [0.5, -1],
    ])
    expect(server.requests[0]?.body['encoding_format']).toBe('base64')
  })

  it('counts tokens and lists models', async () => {
    const client = anthropic(server.url)
    expect(await client.messages.countTokens({ model: 'm', messages: hello })).toEqual({ input_tokens: 10 })
    const counted = await openai(server.url).responses.inputTokens.count({ model: 'm', input: 'hello' })
    expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: 10 })
    for (const api of [client, openai(server.url)])
      expect((await api.models.list()).data.map(({ id }) => id)).toEqual(['test-model'])
  })
})
