import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openaiEmbedding, type OpenAIEmbeddingOptions } from './embeddings.ts'
import type { HttpClient } from '@ashlar/wire'

let server: WireServer
beforeEach(async () => {
  server = await createWireServer()
})
afterEach(() => server.close())

const model = (options: OpenAIEmbeddingOptions = {}): ReturnType<typeof openaiEmbedding> =>
  openaiEmbedding('e', { baseURL: `${server.url}/v1`, ...options })

const base64 = (vector: readonly number[]): string =>
  Buffer.from(new Float32Array(vector).buffer).toString('base64')

const answer = (body: unknown): { endpoint: 'embed'; fault: { status: 200; body: unknown } } => ({
  endpoint: 'embed',
  fault: { status: 200, body },
})

describe('openaiEmbedding', () => {
  it.each<[string, object]>([
    ['dimensions', { dimensions: 0 }],
    ['batchSize', { batchSize: 1.5 }],
    ['batchTokens', { batchTokens: -1 }],
    ['api', { api: 'chat' }],
  ])('refuses a wrong %s', (argument, options) => {
    expect(() => openaiEmbedding('e', options)).toThrow(expect.objectContaining({ argument }))
  })

  it('reads base64, in whatever order it comes', async () => {
    const data = [
      { index: 1, embedding: base64([-1.5, 0.25]) },
      { index: 0, embedding: base64([0.5, 2]) },
    ]
    server.enqueue(answer({ data, model: 'e-2', usage: { prompt_tokens: 4, total_tokens: 4 } }))
    expect(await model().embed(['a', 'b'])).toEqual({
      embeddings: [
        [0.5, 2],
        [-1.5, 0.25],
      ],
      usage: { inputTokens: 4, outputTokens: 0 },
      response: expect.objectContaining({ modelId: 'e-2' }),
    })
  })

  it('asks OpenAI itself for base64, which is smaller', async () => {
    const bodies: string[] = []
    const http: HttpClient = {
      send: async ({ body = '' }) => {
        bodies.push(body)
        throw new Error('offline')
      },
      close: () => undefined,
    }
    await expect(
      openaiEmbedding('e', { apiKey: 'sk-test', baseURL: 'https://api.openai.com/v1', http }).embed(['a']),
    ).rejects.toThrow('offline')
    expect(bodies).toEqual(['{"model":"e","input":["a"],"encoding_format":"base64"}'])
    await model().embed(['a'])
    expect(server.requests[0]?.body['encoding_format']).toBe('float')
  })

  it('asks for its own dimensions, unless the call has others', async () => {
    const short = model({ dimensions: 4 })
    expect((await short.embed(['a'])).embeddings[0]).toHaveLength(4)
    expect((await short.embed(['a'], { dimensions: 3 })).embeddings[0]).toHaveLength(3)
  })

  it('splits by texts and by tokens', async () => {
    await model({ batchSize: 2 }).embed(['a', 'b', 'c'])
    await model({ batchTokens: 4 }).embed(['aaaaaaaaa', 'aaa', 'a'])
    expect(server.requests.map(({ body }) => body['input'])).toEqual([
      ['a', 'b'],
      ['c'],
      ['aaaaaaaaa', 'aaa'],
      ['a'],
    ])
  })

  it('says what was used before it failed', async () => {
    server.enqueue(
      { endpoint: 'embed', usage: { inputTokens: 9 } },
      { endpoint: 'embed', fault: { status: 500 } },
    )
    await expect(model({ batchSize: 1 }).embed(['a', 'b'])).rejects.toMatchObject({
      kind: 'overloaded',
      usage: { inputTokens: 9 },
    })
  })

  it.each([
    ['no vectors', {}, 'expected 1 vectors, received 0'],
    ['a vector for another text', { data: [{ index: 7, embedding: [1] }] }, 'none for text 0'],
    ['something that is no vector', { data: [{ index: 0, embedding: null }] }, 'received 0'],
    ['no object', [1], 'expected 1 vectors'],
    ['an error', { error: { message: 'boom' } }, 'boom'],
  ])('takes %s for an error', async (_, body, message) => {
    server.enqueue(answer(body))
    await expect(model().embed(['a'])).rejects.toThrow(message)
  })

  it('asks for a key that is missing', async () => {
    const error = await openaiEmbedding('e', { baseURL: 'https://api.groq.com/openai/v1' })
      .embed(['a'])
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('GROQ_API_KEY'),
    })
  })
})
