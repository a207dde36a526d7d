import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import { Ollama } from 'ollama'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ollamaEmbedding } from './embeddings.ts'

let server: WireServer
beforeEach(async () => {
  server = await createWireServer()
})
afterEach(() => server.close())

describe('ollamaEmbedding', () => {
  it.each(['dimensions', 'batchSize'])('refuses a wrong %s', (argument) => {
    for (const value of [0, 1.5, -1])
      expect(() => ollamaEmbedding('e', { [argument]: value })).toThrow(expect.objectContaining({ argument }))
  })

  it('never lets the server cut a text, and sends its options', async () => {
    const model = ollamaEmbedding('e', {
      baseURL: server.url,
      keepAlive: 0,
      contextLength: 512,
      dimensions: 4,
    })
    expect((await model.embed(['a'])).embeddings[0]).toHaveLength(4)
    expect((await model.embed(['a'], { dimensions: 3 })).embeddings[0]).toHaveLength(3)
    expect(server.requests[0]?.body).toEqual({
      model: 'e',
      input: ['a'],
      truncate: false,
      dimensions: 4,
      keep_alive: 0,
      options: { num_ctx: 512 },
    })
  })

  it('says what was used before it failed', async () => {
    const model = ollamaEmbedding('e', { baseURL: server.url, batchSize: 1 })
    server.enqueue(
      { endpoint: 'embed', usage: { inputTokens: 9 } },
      { endpoint: 'embed', fault: { status: 500 } },
    )
    await expect(model.embed(['a', 'b'])).rejects.toMatchObject({
      kind: 'overloaded',
      usage: { inputTokens: 9 },
    })
  })

  it('says what to pull', async () => {
    const fault = { status: 404, message: 'model "e" not found, try pulling it first' }
    server.enqueue({ endpoint: 'embed', fault })
    await expect(ollamaEmbedding('e', { baseURL: server.url }).embed(['a'])).rejects.toThrow('ollama pull e')
    expect(server.requests).toHaveLength(1)
  })

  it('estimates what was not counted', async () => {
    server.enqueue({ endpoint: 'embed', fault: { status: 200, body: { embeddings: [[1]] } } })
    const { usage } = await ollamaEmbedding('e', { baseURL: server.url }).embed(['abcde'])
    expect(usage).toEqual({ inputTokens: 2, outputTokens: 0, estimated: true })
  })
})

describe('ollamaEmbedding with a server before 0.3', () => {
  let old: Server
  let asked: string[]
  let answer: object
  let url: string
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(`${request.url}`)
    const body = await text(request)
    if (request.url === '/api/embed') return void response.writeHead(404).end('404 page not found')
    const { prompt } = JSON.parse(body)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ embedding: [String(prompt).length, 1], ...answer }))
  }
  beforeEach(async () => {
    asked = []
    answer = {}
    old = createServer((request, response) => void serve(request, response))
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve))
    const address = old.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  })
  afterEach(() => {
    old.closeAllConnections()
    old.close()
  })

  it('asks for one text at a time', async () => {
    for (const options of [{ baseURL: url }, { client: new Ollama({ host: url }) }]) {
      asked = []
      const { embeddings, usage } = await ollamaEmbedding('e', options).embed(['a', 'bbbbb'])
      expect(embeddings).toEqual([
        [1, 1],
        [5, 1],
      ])
      expect(usage).toEqual({ inputTokens: 3, outputTokens: 0, estimated: true })
      expect(asked).toEqual(['/api/embed', '/api/embeddings', '/api/embeddings'])
    }
  })

  it('cannot shorten vectors, and takes none for an error', async () => {
    const model = ollamaEmbedding('e', { baseURL: url })
    await expect(model.embed(['a'], { dimensions: 2 })).rejects.toThrow('dimensions')
    answer = { embedding: [] }
    await expect(model.embed(['a'])).rejects.toMatchObject({ kind: 'network' })
  })
})
