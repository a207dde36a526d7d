import type { LanguageModel, ModelEvent, ModelRequest } from '@ashlar/core'
import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHttpClient } from '@ashlar/wire'
import { chat } from './chat.ts'
import { responses } from './responses/responses.ts'
import { openai, type OpenAIOptions } from './openai.ts'

const hello: ModelRequest = { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] }
const apiKey = 'sk-test-0123456789'

let server: WireServer
beforeEach(async () => {
  server = await createWireServer()
  for (const name of ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'GROQ_API_KEY', 'OPENROUTER_API_KEY'])
    vi.stubEnv(name, '')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

const collect = async (options: OpenAIOptions, request: ModelRequest = hello): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of openai('gpt-5', options).stream(request)) events.push(event)
  return events
}

const firstOf = (model: LanguageModel, request: ModelRequest = hello): Promise<unknown> =>
  model.stream(request)[Symbol.asyncIterator]().next()

const local = (): OpenAIOptions => ({ baseURL: `${server.url}/v1` })

describe('the key', () => {
  it('is the one given, or that of the environment', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-from-environment')
    vi.stubEnv('OPENAI_BASE_URL', `${server.url}/v1/`)
    server.enqueue('a', 'b', 'c')
    await collect({ apiKey, baseURL: `${server.url}/v1/` })
    await collect({})
    // The key of the environment is not shown to a server at another address.
    await collect({ baseURL: `${server.url}/v1/` })
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${apiKey}`,
      'Bearer sk-from-environment',
      undefined,
    ])
  })

  it('that was read with its line break is named, and not shown', async () => {
    const model = openai('m', { ...local(), apiKey: `${apiKey}\n` })
    const error = await firstOf(model).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'invalid-argument',
      message: 'headers.authorization: expected Latin-1 without line breaks, received "another character"',
    })
    expect(server.requests).toEqual([])
  })

  it('is not needed by a server nobody knows', async () => {
    server.enqueue('fine')
    expect((await collect(local())).at(-1)).toMatchObject({ response: { provider: 'openai' } })
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it.each([
    [undefined, 'openai', 'OPENAI_API_KEY'],
    ['https://eu.api.openai.com/v1', 'openai', 'OPENAI_API_KEY'],
    ['https://openrouter.ai/api/v1', 'openrouter', 'OPENROUTER_API_KEY'],
    ['https://api.groq.com/openai/v1', 'groq', 'GROQ_API_KEY'],
  ])(
    'that is missing for %s is asked for by its name, at the first call',
    async (baseURL, provider, variable) => {
      const model = openai('m', baseURL === undefined ? {} : { baseURL })
      expect(model.provider).toBe(provider)
      const error = await firstOf(model).catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'invalid-argument',
        message: `apiKey: expected a key for ${provider} in this option or in the environment variable ${variable}, received undefined`,
      })
    },
  )
})

describe('openai()', () => {
  it.each<[string, string, object]>([
    ['modelId', '', {}],
    ['baseURL', 'm', { baseURL: 'localhost' }],
    ['apiKey', 'm', { apiKey: ' ' }],
    ['temprature', 'm', { temprature: 1 }],
    ['client', 'm', { client: new OpenAI({ apiKey }), apiKey }],
  ])('refuses a wrong %s', (argument, modelId, options) => {
    expect(() => openai(modelId, options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', argument }),
    )
  })

  it('refuses an API there is not', () => {
    const options: object = { api: 'responses' }
    expect(() => openai('m', options)).toThrow('api: expected the value chat or responses')
  })

  it('sends what it is told to send', async () => {
    server.enqueue('a')
    await collect({
      ...local(),
      apiKey,
      organization: 'org',
      project: 'proj',
      headers: { 'x-own': 'me', 'user-agent': 'mine' },
    })
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'openai-organization': 'org',
      'openai-project': 'proj',
      'x-own': 'me',
      'user-agent': 'mine',
      'content-type': 'application/json',
    })
    const client = new OpenAI({ apiKey, baseURL: `${server.url}/v1` })
    server.enqueue('b')
    await collect({ client, organization: 'org', headers: { 'x-own': 'me' } })
    expect(server.requests[1]?.headers).toMatchObject({ 'openai-organization': 'org', 'x-own': 'me' })
  })

  it.each([chat, responses])('sends the same body over both transports ($name)', async (api) => {
    const request: ModelRequest = {
      ...hello,
      instructions: 'Be brief.',
      tools: [{ name: 'add', description: 'Adds.', inputSchema: { type: 'object' } }],
      toolChoice: 'required',
      output: { type: 'object', properties: {} },
      maxOutputTokens: 5,
      reasoning: 'low',
      providerOptions: { openai: { metadata: { a: 'b' } } },
    }
    const client = new OpenAI({ apiKey, baseURL: `${server.url}/v1` })
    server.enqueue('a', 'a', 'a', 'a')
    for (const deltas of [true, false]) {
      await collect({ ...local(), api }, { ...request, deltas })
      await collect({ client, api }, { ...request, deltas })
    }
    const [first, second, third, fourth] = server.requests.map(({ body }) => body)
    expect(second).toEqual(first)
    expect(fourth).toEqual(third)
    expect(first?.['stream']).toBe(true)
    expect(third?.['stream']).toBe(false)
  })

  it('has a name of its own where it is given one', async () => {
    server.enqueue({ text: 'a', reasoning: 'b' })
    const options = { ...local(), providerName: 'lab' }
    const events = await collect(options, {
      ...hello,
      providerOptions: { lab: { top_k: 5 }, openai: { ignored: 1 } },
    })
    expect(events.at(-1)).toMatchObject({ response: { provider: 'lab' } })
    expect(events).toContainEqual(
      expect.objectContaining({
        part: expect.objectContaining({ providerData: { lab: { field: 'reasoning_content' } } }),
      }),
    )
    expect(server.requests[0]?.body).toMatchObject({ top_k: 5 })
    expect(server.requests[0]?.body).not.toHaveProperty('ignored')
  })

  it('shares connections where it is told to', async () => {
    const http = createHttpClient()
    server.enqueue('a', 'b')
    await collect({ ...local(), http })
    await collect({ ...local(), http })
    expect(server.openSockets).toBe(1)
    http.close()
  })

  it('sends nothing for a field it does not know, and nothing before it is read', async () => {
    const model = openai('m', local())
    const odd = { ...hello, temprature: 1 }
    await expect(firstOf(model, odd)).rejects.toThrow('request.temprature')
    model.stream(hello)
    expect(server.requests).toHaveLength(0)
  })
})

describe('a server that answers otherwise', () => {
  it('with a whole answer to a request for a stream', async () => {
    const body = {
      id: 'c',
      model: 'm',
      choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: null }],
    }
    server.enqueue({ fault: { status: 200, body } })
    expect(await collect(local())).toMatchObject([
      { type: 'text-delta', text: 'Hello' },
      { type: 'part', part: { text: 'Hello' } },
      { type: 'finish', reason: 'other' },
    ])
  })

  it.each([
    [chat, { hello: 'world' }, 'bad-request'],
    [responses, { hello: 'world' }, 'bad-request'],
    [chat, [1, 2], 'network'],
    [chat, '<html>Welcome to the hotel</html>', 'network'],
    [chat, { error: { message: 'Provider returned error', code: 502 } }, 'overloaded'],
  ] as const)('with no answer: %j', async (api, body, kind) => {
    for (const deltas of [true, false]) {
      server.enqueue({ fault: { status: 200, body } })
      await expect(collect({ ...local(), api }, { ...hello, deltas })).rejects.toMatchObject({ code: kind })
    }
  })
})
