import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ModelError, type ModelEvent, type ModelRequest, userText } from '@ashlar/core'
import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import { createHttpClient } from '@ashlar/wire'
import { Ollama } from 'ollama'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ollama, type OllamaOptions } from './ollama.ts'

let server: WireServer
beforeEach(async () => {
  server = await createWireServer()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

const ask = async (options: OllamaOptions, request: Partial<ModelRequest> = {}): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of ollama('qwen3:8b', options).stream({ messages: [userText('hi')], ...request }))
    events.push(event)
  return events
}
const failure = async (options: OllamaOptions): Promise<unknown> =>
  ask(options).catch((error: unknown) => error)

/** A port nobody listens on any more. */
const deadAddress = async (): Promise<string> => {
  const dead = createServer()
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve))
  const address = dead.address()
  await new Promise((resolve) => dead.close(resolve))
  return `http://127.0.0.1:${isAddress(address) ? address.port : 0}`
}
const isAddress = (address: unknown): address is AddressInfo =>
  typeof address === 'object' && address !== null

const transports: Readonly<Record<string, (url: string) => OllamaOptions>> = {
  'built in': (url) => ({ baseURL: url }),
  'through a client': (url) => ({ client: new Ollama({ host: url }) }),
}

describe.each(Object.entries(transports))('ollama, %s', (_, options) => {
  it('says how to start or install a server that is not there', async () => {
    const url = await deadAddress()
    const error = await failure(options(url))
    expect(error).toMatchObject({ kind: 'network', retryable: true })
    expect(String(error)).toContain(`Is Ollama running at ${url}? Start it with "ollama serve"`)
    expect(String(error)).toContain('https://ollama.com/download')
  })

  it('says what to pull when the model is not there', async () => {
    server.enqueue({ fault: { status: 404, message: 'model "qwen3:8b" not found, try pulling it first' } })
    const error = await failure(options(server.url))
    expect(error).toMatchObject({ kind: 'bad-request', status: 404, retryable: false })
    expect(String(error)).toContain('Get it with "ollama pull qwen3:8b".')
    // Another 404 is none of that.
    server.enqueue({ fault: { status: 404, message: 'page not found' } })
    expect(String(await failure(options(server.url)))).not.toContain('ollama pull')
  })

  it('says how to widen a window that is too small', async () => {
    server.enqueue({ fault: { status: 400, kind: 'context-overflow' } })
    const error = await failure(options(server.url))
    expect(error).toMatchObject({ kind: 'context-overflow' })
    expect(String(error)).toContain('contextLength')
  })

  it('turns an error inside a 200 into a ModelError with what had arrived', async () => {
    server.enqueue({ text: 'Half an answer', deltaSize: 4, fault: { errorFrame: 2, message: 'boom' } })
    const error = await failure(options(server.url))
    expect(ModelError.isInstance(error) && error.partial).toEqual([{ type: 'text', text: 'Half an ' }])
    expect(error).toMatchObject({ usage: { estimated: true } })
  })

  it('reads a last line without its line feed, and fails without one', async () => {
    server.enqueue({
      text: 'Hi',
      rewrite: (frames) =>
        frames.map((frame, index) => (index === frames.length - 1 ? frame.trimEnd() : frame)),
    })
    expect((await ask(options(server.url))).at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
    server.enqueue({ text: 'Hi', rewrite: (frames) => frames.slice(0, -1) })
    expect(await failure(options(server.url))).toMatchObject({ kind: 'network', partial: [{ text: 'Hi' }] })
    server.enqueue({ text: 'Hi', rewrite: () => ['[1]\n'] })
    expect(String(await failure(options(server.url)))).toContain(
      'the server sent [1] where an object belongs',
    )
    server.enqueue({ rewrite: () => ['{"done":false}'] })
    await expect(ask(options(server.url), { deltas: false })).rejects.toThrow('the answer was not finished')
  })

  it('sends its options and headers', async () => {
    server.enqueue('fine')
    const more = { headers: { 'x-mine': 'yes' }, keepAlive: -1, contextLength: 8192, providerName: 'box' }
    const events = await ask({ ...options(server.url), ...more }, { providerOptions: { box: { top_k: 5 } } })
    expect(events.at(-1)).toMatchObject({ response: { provider: 'box', modelId: 'qwen3:8b' } })
    const [sent] = server.requests
    expect(sent?.headers['x-mine']).toBe('yes')
    expect(sent?.body).toMatchObject({ keep_alive: -1, options: { num_ctx: 8192, top_k: 5 }, stream: true })
  })
})

describe('ollama', () => {
  it('finds the server of the environment', async () => {
    vi.stubEnv('OLLAMA_HOST', new URL(server.url).host)
    server.enqueue('fine')
    await ask({})
    expect(server.requests).toHaveLength(1)
  })

  it('sends the key of the environment to ollama.com alone', async () => {
    vi.stubEnv('OLLAMA_API_KEY', 'secret-key')
    const sent: (string | undefined)[] = []
    const http = createHttpClient()
    const spy = {
      ...http,
      send: async ({ headers }: { headers?: Readonly<Record<string, string>> | undefined }) => {
        sent.push(headers?.['authorization'])
        throw new Error('offline')
      },
    }
    for (const baseURL of ['https://ollama.com', 'https://notollama.com', 'http://ollama.com'])
      await expect(ask({ baseURL, http: spy })).rejects.toThrow('offline')
    expect(sent).toEqual(['Bearer secret-key', undefined, undefined])
  })

  it('uses the fetch of the client, and leaves the client as it was', async () => {
    const used: string[] = []
    const client = new Ollama({
      host: server.url,
      fetch: (input, init) => {
        used.push(String(input))
        return fetch(input, init)
      },
    })
    server.enqueue('fine', 'fine')
    await ask({ client })
    expect((await client.chat({ model: 'm', messages: [] })).done).toBe(true)
    expect(used).toEqual([`${server.url}/api/chat`, `${server.url}/api/chat`])
  })

  it.each<[string, object]>([
    ['unknown', { unknown: 1 }],
    ['client', { client: new Ollama(), baseURL: 'http://a' }],
    ['client', { client: {} }],
    ['apiKey', { apiKey: ' ' }],
    ['keepAlive', { keepAlive: 'long' }],
    ['contextLength', { contextLength: 0.5 }],
    ['baseURL', { baseURL: 'two words' }],
  ])('refuses a wrong %s', (argument, options) => {
    expect(() => ollama('m', options)).toThrow(expect.objectContaining({ argument }))
  })

  it('refuses a model without a name, and takes what is right', () => {
    expect(() => ollama('')).toThrow('modelId')
    for (const keepAlive of ['5m', '1h30m', '300', -1, 0])
      expect(ollama('m', { keepAlive }).provider).toBe('ollama')
  })
})
