import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createWireServer, type WireAnswer } from '../wire/index.ts'
import { recordHttp } from './record-http.ts'

const folder = mkdtempSync(join(tmpdir(), 'http-cassette-'))
const upstream = await createWireServer()
afterEach(() => upstream.reset())
afterAll(async () => {
  await upstream.close()
  rmSync(folder, { recursive: true })
})
let files = 0
const newFile = () => join(folder, `${++files}.jsonl`)
const env = {}
const key = 'sk-live-abcdefghijklmnop'

interface Got {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly chunks: string[]
  readonly text: string
  readonly broken: boolean
}

const post = (url: string, path: string, body: object | string = {}): Promise<Got> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      cookie: 'a=secret-cookie',
    }
    const outgoing = request(url + path, { method: 'POST', agent: false, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      const done = (broken: boolean) => {
        const { connection: _c, date: _d, 'transfer-encoding': _t, ...kept } = answer.headers
        resolve({
          status: answer.statusCode ?? 0,
          headers: kept,
          chunks: chunks.map((chunk) => chunk.toString('base64')),
          text: Buffer.concat(chunks).toString(),
          broken,
        })
      }
      answer.once('end', () => done(false)).once('error', () => done(true))
    })
    outgoing.once('error', reject)
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
  })

const ask = { model: 'm', stream: true, messages: [{ role: 'user', content: 'hello' }] }
const path = '/v1/chat/completions?api-version=1&key=AIzaKeyInTheAddress'

const recorded = async (answers: readonly WireAnswer[], bodies: readonly object[]) => {
  const file = newFile()
  upstream.enqueue(...answers)
  await using recorder = await recordHttp({ file, upstream: `${upstream.url}/base`, env })
  expect(recorder.mode).toBe('record')
  const got = []
  for (const body of bodies) got.push(await post(recorder.url, path, body))
  recorder.assertComplete()
  return { file, got }
}

describe('recordHttp', () => {
  it.each(['garbage', 'ftp://example.org', ''])('refuses to record from %j', async (address) => {
    await expect(recordHttp({ file: newFile(), upstream: address, env })).rejects.toThrow(
      /^upstream: expected an/,
    )
  })
  it('replays status, headers and bytes, chunk for chunk', async () => {
    const { file, got } = await recorded(
      [
        { text: 'Grüezi 🌍', deltaSize: 2, pace: { bytes: 7 }, headers: { 'x-mine': 'yes' } },
        { fault: { status: 429, headers: { 'retry-after': '2' } } },
        { text: 'cut', fault: { stop: 'close', at: { frames: 2 } } },
      ],
      [ask, { ...ask, seed: 1 }, { ...ask, seed: 2 }],
    )
    expect(upstream.requests[0]?.path).toBe(`/base${path}`)
    expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${key}`)
    expect(got.map(({ status, broken }) => [status, broken])).toEqual([
      [200, false],
      [429, false],
      [200, true],
    ])
    await using player = await recordHttp({ file, env })
    expect(player.mode).toBe('replay')
    // Equal requests find their answers in any order; the order of keys does not matter either.
    const { stream, ...rest } = ask
    const again = [
      await post(player.url, path, { seed: 1, ...ask }),
      await post(player.url, path, { ...rest, stream }),
      await post(player.url, path, { ...ask, seed: 2 }),
    ]
    expect(again[1]).toEqual(got[0])
    expect(again[0]).toEqual(got[1])
    expect(again[2]).toMatchObject({ status: 200, broken: true })
    player.assertComplete()
    expect(upstream.requests).toHaveLength(3)
  })

  it('keeps bytes and chunks however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (bytes) => {
        const { file, got } = await recorded([{ text: 'ß🌍 über', pace: { bytes } }], [ask])
        await using player = await recordHttp({ file, env })
        expect(await post(player.url, path, ask)).toEqual(got[0])
      }),
      { numRuns: 8 },
    )
  })

  it('keeps secrets out of the file, even one that is split over chunks', async () => {
    const { file, got } = await recorded(
      [
        {
          text: `the key is ${key}!`,
          deltaSize: 500,
          pace: { bytes: 5 },
          headers: { 'set-cookie': 's=secret-cookie' },
        },
      ],
      [{ ...ask, user: `uses ${key}` }],
    )
    const text = readFileSync(file, 'utf8')
    for (const leak of [key, 'secret-cookie', 'AIzaKeyInTheAddress']) expect(text).not.toContain(leak)
    await using player = await recordHttp({ file, env })
    const again = await post(player.url, path, { ...ask, user: `uses ${key}` })
    expect(again.text).toBe(got[0]?.text.replace(key, '*'.repeat(key.length)))
    expect(again.chunks).toHaveLength(got[0]?.chunks.length ?? 0)
  })

  it('passes a client that leaves on to the vendor', async () => {
    const file = newFile()
    await using recorder = await recordHttp({ file, upstream: upstream.url, env })
    upstream.enqueue({ text: 'never', fault: { stop: 'hang', at: { frames: 1 } } })
    const outgoing = request(`${recorder.url}/v1/messages`, { method: 'POST', agent: false }, (answer) =>
      answer.once('data', () => outgoing.destroy()),
    )
    outgoing.on('error', () => undefined).end('{"stream":true}')
    await upstream.until(({ requests }) => requests[0]?.aborted === true)
    expect(upstream.activeRequests).toBe(0)
  })

  it('breaks the connection when the vendor is not there', async () => {
    const gone = await createWireServer()
    await gone.close()
    await using recorder = await recordHttp({ file: newFile(), upstream: gone.url, env })
    await expect(post(recorder.url, '/v1/messages')).rejects.toThrow(/hang up|ECONNRESET/)
  })
})

describe('an http cassette fails loudly', () => {
  it('with the difference, to the client and at the end', async () => {
    const { file } = await recorded(
      ['a'].map((text) => ({ text })),
      [ask],
    )
    await using player = await recordHttp({ file, env })
    const got = await post(player.url, path, { ...ask, model: 'other' })
    expect(got.status).toBe(400)
    expect(JSON.parse(got.text).error.message).toContain('body.model: recorded "m", received "other"')
    expect(() => player.assertComplete()).toThrow('body.model: recorded "m", received "other"')
  })

  it('on answers never asked for, in CI, and without an upstream', async () => {
    const { file } = await recorded([{ text: 'a' }], [ask])
    await using player = await recordHttp({ file, env })
    expect(() => player.assertComplete()).toThrow('1 of 1 exchanges')
    await expect(
      recordHttp({ file: newFile(), upstream: upstream.url, env: { CI: 'true' } }),
    ).rejects.toThrow('CI is set')
    await expect(recordHttp({ file: newFile(), env })).rejects.toThrow('upstream: expected an address')
  })
})

it('compares bodies that are no JSON as text or bytes', async () => {
  const file = newFile()
  upstream.enqueue('a')
  await using recorder = await recordHttp({ file, upstream: upstream.url, env })
  const got = await post(recorder.url, '/v1/messages', 'plain text')
  await using player = await recordHttp({ file, env })
  expect((await post(player.url, '/v1/messages', 'plain text')).text).toBe(got.text)
  expect((await post(player.url, '/v1/messages', 'other')).status).toBe(400)
})
