import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../fake-clock.ts'
import type { WireAnswer, WireDialect } from './wire-answer.ts'
import { createWireServer } from './wire-server.ts'

const server = await createWireServer({ models: ['small', 'large'] })
afterAll(() => server.close())
afterEach(() => server.reset())

const paths: Record<WireDialect, string> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  anthropic: '/v1/messages',
  ollama: '/api/chat',
}
const dialects = Object.keys(paths) as WireDialect[]

interface Got {
  status: number
  headers: Record<string, unknown>
  text: string
  packets: number[]
  /** How the body ended: `end`, or the code of the error. */
  end: string
}

const post = (path: string, body: object, more: Record<string, string> = {}): Promise<Got> =>
  new Promise((resolve, reject) => {
    const out = request(server.url + path, { method: 'POST', agent: false, headers: more }, (answer) => {
      const chunks: Buffer[] = []
      const done = (end: string) =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString(),
          packets: chunks.map(({ length }) => length),
          end,
        })
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('end', () => done('end'))
      answer.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
    })
    out.once('error', reject)
    out.end(JSON.stringify({ model: 'm', ...body }))
  })

const ask = (dialect: WireDialect, answer: string | WireAnswer, body: object = {}) => {
  server.enqueue(answer)
  return post(paths[dialect], { stream: true, stream_options: { include_usage: true }, ...body })
}

describe('the journal', () => {
  it('keeps method, path, headers, body and what became of the answer', async () => {
    server.enqueue('hello')
    await post('/proxy/v1/chat/completions?a=1', { n: 'ü' }, { 'x-mine': 'yes' })
    await server.until((state) => state.activeRequests === 0)
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/proxy/v1/chat/completions?a=1',
      headers: { 'x-mine': 'yes' },
      dialect: 'openai-chat',
      endpoint: 'generate',
      rawBody: '{"model":"m","n":"ü"}',
      body: { model: 'm', n: 'ü' },
      status: 200,
      aborted: false,
    })
    expect(server.requests[0]?.bytesSent).toBeGreaterThan(100)
  })

  it('says when the client left, and frees the socket', async () => {
    const open = server.openSockets
    server.enqueue({ text: 'abc', fault: { stop: 'hang', at: 'headers' } })
    const out = request(`${server.url}/v1/messages`, { method: 'POST', agent: false }, () => out.destroy())
    out.on('error', () => undefined)
    out.end('{}')
    await server.until((state) => state.requests[0]?.aborted === true && state.openSockets === open)
    expect(server.activeRequests).toBe(0)
  })
})

describe('the script', () => {
  it('answers 400 with a clear message when nothing is queued, 404 for an unknown path', async () => {
    const empty = await post('/v1/messages', {})
    expect([empty.status, empty.text]).toEqual([
      400,
      expect.stringContaining('no answer left for /v1/messages'),
    ])
    const unknown = await post('/v2/things', {})
    expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining('POST /v2/things')])
  })

  it('asks a function first, and the queue when it has no opinion', async () => {
    await using own = await createWireServer({
      answers: ({ body }) => (body['model'] === 'a' ? 'from the function' : undefined),
    })
    own.enqueue('from the queue')
    const texts = []
    for (const model of ['a', 'b']) {
      const answer = await fetch(`${own.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model }),
      })
      texts.push(await answer.text())
    }
    expect(texts[0]).toContain('from the function')
    expect(texts[1]).toContain('from the queue')
  })

  it('refuses malformed answers', () => {
    // @ts-expect-error malformed on purpose
    expect(() => server.enqueue({ txt: 'a' })).toThrow('answers[0].txt')
    // @ts-expect-error malformed on purpose
    expect(() => server.enqueue('a', { fault: { boom: 1 } })).toThrow('answers[1].fault')
    expect(() => server.enqueue({ pace: { bytes: 0 } })).toThrow('answers[0].pace')
    expect(server.remaining).toBe(0)
  })

  it('turns a failing function into a 400 that says so', async () => {
    await using own = await createWireServer({
      answers: () => {
        throw new Error('no idea')
      },
    })
    const answer = await fetch(`${own.url}/v1/messages`, { method: 'POST', body: '{}' })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('no idea')])
  })

  it('gives up waiting with a message', async () => {
    await expect(server.until((state) => state.remaining === 7, 5)).rejects.toThrow(
      /remaining === 7; 0 requests/,
    )
  })

  it('waits for delayMs on the given clock', async () => {
    const clock = fakeClock()
    await using own = await createWireServer({ clock, answers: [{ text: 'late', delayMs: 60_000 }] })
    const answer = fetch(`${own.url}/v1/messages`, { method: 'POST', body: '{}' })
    await own.until(() => clock.pending === 1)
    await clock.advance(60_000)
    expect((await answer).status).toBe(200)
  })
})

describe.each(dialects)('faults in %s', (dialect) => {
  it('sends status, headers and the error body of the vendor', async () => {
    const fault = { status: 429, headers: { 'retry-after': '2' } }
    const got = await ask(dialect, { requestId: 'req_x', fault })
    expect([got.status, got.headers['retry-after']]).toEqual([429, '2'])
    expect(JSON.parse(got.text)).toHaveProperty('error')
    if (dialect !== 'ollama') expect(Object.values(got.headers)).toContain('req_x')
    const own = await ask(dialect, { fault: { status: 502, body: '<html>' } })
    expect([own.status, own.text, own.headers['content-type']]).toEqual([502, '<html>', 'text/plain'])
  })

  it('cuts at every position, cleanly or not', async () => {
    const whole = await ask(dialect, { text: 'hello world', id: 'same' })
    expect(whole.end).toBe('end')
    const length = Buffer.byteLength(whole.text)
    for (const at of [0, 1, Math.floor(length / 2), length - 1])
      for (const stop of ['end', 'close', 'reset'] as const) {
        const got = await ask(dialect, { text: 'hello world', id: 'same', fault: { stop, at } }).catch(String)
        expect(server.requests.at(-1)?.bytesSent).toBe(at)
        if (typeof got === 'string')
          expect([stop, got]).toEqual(['reset', expect.stringMatching(/ECONNRESET/)])
        else {
          expect(whole.text.startsWith(got.text)).toBe(true)
          if (stop === 'end') expect(Buffer.byteLength(got.text)).toBe(at)
          expect(got.end === 'end').toBe(stop === 'end')
        }
      }
  })

  it('breaks off before the headers', async () => {
    for (const stop of ['close', 'reset'] as const)
      await expect(ask(dialect, { text: 'a', fault: { stop, at: 'request' } })).rejects.toThrow(
        /hang up|ECONNRESET/,
      )
  })

  it('stops after whole frames', async () => {
    const whole = await ask(dialect, { text: 'hello', id: 'i' })
    const cut = await ask(dialect, { text: 'hello', id: 'i', fault: { stop: 'end', at: { frames: 1 } } })
    expect(cut.end).toBe('end')
    expect(whole.text.startsWith(cut.text)).toBe(true)
    expect(cut.text.length).toBeLessThan(whole.text.length)
    expect(cut.text.endsWith('\n')).toBe(true)
  })

  it('puts a malformed frame or an error in a good stream', async () => {
    const bad = await ask(dialect, { text: 'hello', fault: { malformedFrame: 1 } })
    expect([bad.status, bad.end]).toEqual([200, 'end'])
    const data = bad.text.split('\n').map((line) => line.replace(/^data: /, ''))
    const broken = data.filter((line) => line.startsWith('{') && !isJson(line))
    expect(broken).toHaveLength(1)
    const failed = await ask(dialect, { text: 'hello', fault: { errorFrame: 2, message: 'boom' } })
    expect([failed.status, failed.end]).toEqual([200, 'end'])
    expect(failed.text.trimEnd().split('\n').at(-1)).toMatch(/"(error|message)":"boom"/)
    const own = await ask(dialect, { text: 'hello', fault: { errorFrame: 0, text: 'data: own\n\n' } })
    expect(own.text).toBe('data: own\n\n')
  })

  it('puts the error in a plain answer, too', async () => {
    const got = await ask(
      dialect,
      { text: 'a', fault: { errorFrame: 3, message: 'boom' } },
      { stream: false },
    )
    expect([got.status, JSON.stringify(JSON.parse(got.text))]).toEqual([200, expect.stringContaining('boom')])
  })

  it('sends the same bytes at any pace', async () => {
    const answer: WireAnswer = {
      reasoning: 'höm',
      text: 'wörld 🌍',
      id: 'i',
      toolCalls: [{ name: 'f', callId: 'c' }],
    }
    const whole = await ask(dialect, { ...answer, pace: { frames: Number.POSITIVE_INFINITY } })
    const fixed = { ...answer, signature: 's', requestId: 'r' }
    expect(whole.packets).toHaveLength(1)
    const { text } = await ask(dialect, fixed)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 64 }), async (bytes) => {
        const got = await ask(dialect, { ...fixed, pace: { bytes } })
        expect(got.text).toBe(text)
        expect(Math.max(...got.packets)).toBe(bytes)
      }),
      { numRuns: 6 },
    )
  })

  it('drips', async () => {
    const got = await ask(dialect, { text: 'abc', pace: { bytes: 200, everyMs: 1 } })
    expect(got.end).toBe('end')
  })
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('side endpoints', () => {
  it('embeds without a script, shuffles and fails with one', async () => {
    const plain = await post('/v1/embeddings', { input: ['a b', 'c'], dimensions: 4 })
    const { data, usage } = JSON.parse(plain.text)
    expect(data.map(({ index }: { index: number }) => index)).toEqual([0, 1])
    expect(data[0].embedding).toHaveLength(4)
    expect(usage).toEqual({ prompt_tokens: 2, total_tokens: 2 })
    server.enqueue({ endpoint: 'embed', vectors: [[1], [2]], shuffled: true, usage: { inputTokens: 9 } })
    const shuffled = JSON.parse((await post('/v1/embeddings', { input: ['a', 'b'] })).text)
    expect(shuffled.data.map(({ embedding }: { embedding: number[] }) => embedding)).toEqual([[2], [1]])
    expect(shuffled.usage.total_tokens).toBe(9)
    server.enqueue({ endpoint: 'embed', fault: { status: 500 } })
    expect((await post('/v1/embeddings', { input: 'a' })).status).toBe(500)
    const ollama = JSON.parse((await post('/api/embed', { input: ['a', 'b'] })).text)
    expect(ollama.embeddings).toHaveLength(2)
    const older = JSON.parse((await post('/api/embeddings', { prompt: 'a' })).text)
    expect(older).toEqual({ embedding: ollama.embeddings[0] })
  })

  it('leaves the queue of other endpoints alone', async () => {
    server.enqueue('for a chat', { endpoint: 'count-tokens', usage: { inputTokens: 321 } })
    const counted = await post('/v1/messages/count_tokens', {})
    expect(JSON.parse(counted.text)).toEqual({ input_tokens: 321 })
    expect(server.remaining).toBe(1)
  })

  it('lists models as each vendor does', async () => {
    const get = async (path: string, headers = {}): Promise<unknown> =>
      (await fetch(server.url + path, { headers })).json()
    expect(await get('/v1/models')).toMatchObject({
      object: 'list',
      data: [{ id: 'small' }, { id: 'large' }],
    })
    expect(await get('/v1/models/large')).toMatchObject({ id: 'large', object: 'model' })
    const version = { 'anthropic-version': '2023-06-01' }
    expect(await get('/v1/models', version)).toMatchObject({ data: [{ type: 'model' }, {}], has_more: false })
    expect(await get('/api/version')).toEqual({ version: '0.0.0' })
    expect(await get('/api/tags')).toMatchObject({ models: [{ name: 'small' }, {}] })
    expect((await fetch(`${server.url}/v1/other`)).status).toBe(404)
    expect((await fetch(`${server.url}/v1/models`, { method: 'DELETE' })).status).toBe(404)
  })
})

it('destroys its sockets when it is closed', async () => {
  const own = await createWireServer({ answers: [{ fault: { stop: 'hang', at: 'request' } }] })
  const hanging = fetch(`${own.url}/v1/messages`, { method: 'POST', body: '{}' })
  await own.until((state) => state.requests.length === 1)
  await Promise.all([own.close(), expect(hanging).rejects.toThrow()])
  await own.until((state) => state.openSockets === 0)
})
