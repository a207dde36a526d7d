import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guardedFetch } from './guarded-fetch.ts'
import { wholeEvents } from './whole-events.ts'

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

async function* streamOf(chunks: readonly Buffer[], error?: Error): AsyncGenerator<Buffer> {
  yield* chunks
  if (error) throw error
}

const readAll = async (stream: AsyncIterable<Buffer>): Promise<string[]> => {
  const parts: string[] = []
  for await (const part of stream) parts.push(part.toString())
  return parts
}

const answer = (id: number): string => `data: {"jsonrpc":"2.0","id":${id},"result":{}}\n\n`

describe('wholeEvents', () => {
  it('passes on the same bytes wherever they are cut, in pieces that end where events do', async () => {
    const piece = fc.constantFrom('data: é\n', '\n', '\r\n', 'id: 1\n', 'x', ': keep\n\n')
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.array(fc.nat()), async (pieces, places) => {
        const text = pieces.join('')
        const parts = await readAll(wholeEvents(streamOf(cut(Buffer.from(text), places)), { maxBytes: 1e6 }))
        expect(parts.join('')).toBe(text)
        for (const part of parts.slice(0, -1)) expect(part).toMatch(/(\n\n|\r\n\r\n|\r\r)$/)
      }),
    )
  })
  it('leaves no request without an answer', async () => {
    const read = (text: string, error?: Error) =>
      readAll(wholeEvents(streamOf([Buffer.from(text)], error), { maxBytes: 100, id: 7 }))
    const reset = new Error('reset')
    expect((await read('data: {"method":"x"}\n\n')).at(-1)).toContain('"id":7,"error":{"code":-32098')
    expect((await read('data: {"method":"x"}\n\n', reset)).at(-1)).toContain('"id":7,"error":{"code":-32098')
    expect((await read(`data: ${'x'.repeat(200)}`)).at(-1)).toContain('"id":7,"error":{"code":-32099')
    expect(await read(answer(7))).toEqual([answer(7)])
    await expect(read(answer(7), reset)).rejects.toThrow('reset')
    expect((await read(answer(8))).at(-1)).toContain('-32098')
  })
  it('leaves a stream alone that can be taken up again', async () => {
    const resumable = 'id: 4\ndata:\n\n'
    const stream = wholeEvents(streamOf([Buffer.from(resumable)]), { maxBytes: 100, id: 7 })
    expect(await readAll(stream)).toEqual([resumable])
  })
})

describe('guardedFetch', () => {
  const fetchOf = (body: string, init: ResponseInit) => guardedFetch(50, async () => new Response(body, init))
  const post = { method: 'POST', body: '{"jsonrpc":"2.0","id":3,"method":"tools/call"}' }
  const json = { headers: { 'content-type': 'application/json', 'content-length': '9' } }

  it('answers in place of a server whose answer is too long', async () => {
    const short = await fetchOf('{"id":3}', json)('http://x', post)
    expect(await short.json()).toEqual({ id: 3 })
    const long = await fetchOf(`{"id":3,"result":"${'x'.repeat(100)}"}`, json)('http://x', post)
    expect(await long.json()).toMatchObject({ id: 3, error: { code: -32_099 } })
    await expect(fetchOf('x'.repeat(100), json)('http://x', { method: 'GET' })).rejects.toThrow(
      'ask for less',
    )
  })
  it('reads no more of an error page than is shown', async () => {
    const page = await guardedFetch(10, async () => new Response('e'.repeat(200_000), { status: 500 }))(
      'http://x',
      post,
    )
    expect(page.status).toBe(500)
    expect((await page.text()).length).toBeLessThanOrEqual(64 * 1024)
  })
})
