import { InvalidArgument } from '@ashlar/core'
import { createServer as createHttpServer } from 'node:http'
import { once } from 'node:events'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient } from './node-client.ts'
import { createHead, type RequestTarget } from './request-head.ts'

const target: RequestTarget = { host: 'api.example', path: '/a?b', proxyAuthorization: undefined }

const linesOf = (headers: Record<string, string>, body?: string, method = 'POST'): string[] => {
  const head = createHead(target, { method, headers, body })
  expect(head.endsWith('\r\n\r\n')).toBe(true)
  return head.slice(0, -4).split('\r\n')
}

describe('createHead', () => {
  it('says what is asked of whom, and how long the body is', () => {
    expect(linesOf({ 'Content-Type': 'application/json' }, '{}')).toEqual([
      'POST /a?b HTTP/1.1',
      'Content-Type: application/json',
      'Host: api.example',
      'User-Agent: ashlar',
      'Content-Length: 2',
      'Accept-Encoding: identity',
      'Connection: keep-alive',
    ])
  })

  it('counts the bytes of the body, and says that there are none but for GET', () => {
    expect(linesOf({}, 'grüße 🙂')).toContain('Content-Length: 12')
    // Half of a pair is sent as the three bytes of U+FFFD.
    expect(linesOf({}, '\ud83d')).toContain('Content-Length: 3')
    expect(linesOf({}, undefined, 'DELETE')).toContain('Content-Length: 0')
    expect(linesOf({}, undefined, 'GET').join()).not.toContain('Content-Length')
    expect(linesOf({}, '{}', 'GET')).toContain('Content-Length: 2')
  })

  it('takes the host, the user agent and an authorization for the proxy', () => {
    const lines = linesOf({ HOST: 'other.example', 'user-agent': 'me' })
    expect(lines).toEqual(expect.arrayContaining(['HOST: other.example', 'user-agent: me']))
    expect(lines.filter((line) => /^(?:host|user-agent):/i.test(line))).toHaveLength(2)
    const proxied = createHead({ ...target, proxyAuthorization: 'Basic eA==' }, { method: 'GET' })
    expect(proxied).toContain('\r\nProxy-Authorization: Basic eA==\r\n')
    expect(createHead(target, { method: 'GET' })).not.toContain('Proxy-Authorization')
  })

  it.each([
    ['Content-Length', '5'],
    ['content-length', '0'],
    ['Transfer-Encoding', 'chunked'],
    ['Connection', 'close'],
    ['Keep-Alive', 'timeout=1'],
    ['Expect', '100-continue'],
    ['TE', 'trailers'],
    ['Trailer', 'x'],
    ['Upgrade', 'h2c'],
    ['Accept-Encoding', 'gzip'],
  ])('leaves %s out, which is the transport’s', (name, value) => {
    expect(linesOf({ [name]: value }, '{}')).toEqual(linesOf({}, '{}'))
    expect(linesOf({ [`X-${name}`]: value }, '{}')).toContain(`X-${name}: ${value}`)
  })

  it.each([
    ['another header', { a: 'b\r\nc: d' }],
    ['a body', { a: 'b\r\n\r\nGET / HTTP/1.1' }],
    ['a bare LF', { a: 'b\nc: d' }],
    ['a bare CR', { a: 'b\rc: d' }],
    ['a NUL', { a: 'b\0' }],
    ['DEL', { a: '\u007f' }],
    ['what Latin-1 does not have', { a: '日本' }],
    // Its low byte is LF: it would be one if it were cut to Latin-1.
    ['what becomes a line break in Latin-1', { a: 'b\u010ac: d' }],
    ['a line break in a name', { 'a\r\nb': 'c' }],
    ['a blank in a name', { 'a b': 'c' }],
    ['a colon in a name', { 'a:': 'c' }],
    ['no name', { '': 'c' }],
    ['a name that is not ASCII', { ä: 'c' }],
  ])('refuses a header with %s', (_, headers) => {
    expect(() => linesOf(headers)).toThrow(InvalidArgument)
    expect(linesOf({ a: 'b c\td', x: 'grüße' })).toContain('a: b c\td')
  })

  it.each(['', 'GET /x HTTP/1.1\r\nHost: evil', 'G T', 'GET\r\n', 'GÉT', 'CONNECT'])(
    'refuses the method %j',
    (method) => {
      expect(() => linesOf({}, undefined, method)).toThrow(
        `method: expected an HTTP method, and not CONNECT, received ${JSON.stringify(method)}`,
      )
      expect(linesOf({}, undefined, 'PATCH')[0]).toBe('PATCH /a?b HTTP/1.1')
    },
  )

  it('either refuses what it is given, or sends one request of as many lines as there are headers', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ':', ' ', '\t', '\r', '\n', '\0', 'é', '\u010a', '-'),
    })
    let [taken, refused] = [0, 0]
    fc.assert(
      fc.property(fc.dictionary(text, text, { maxKeys: 3 }), (headers) => {
        let lines: string[]
        try {
          lines = linesOf(headers, undefined, 'GET')
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgument)
          refused++
          return
        }
        taken++
        expect(lines).toHaveLength(5 + Object.keys(headers).length)
        expect(lines.join('')).not.toMatch(/[\r\n\0]/)
      }),
      { numRuns: 500, seed: 1 },
    )
    expect(Math.min(taken, refused)).toBeGreaterThan(10)
  })
})

describe('a request', () => {
  const cleanup: (() => void)[] = []
  afterEach(() => {
    for (const end of cleanup.splice(0)) end()
  })

  it('arrives with its headers in Latin-1 and its body in UTF-8, of the length that was said', async () => {
    const server = createHttpServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => void (body += chunk))
      request.on('end', () => response.end(JSON.stringify({ headers: request.headers, body })))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
    const client = createHttpClient({ proxy: false })
    cleanup.push(
      () => client.close(),
      () => void server.close(),
    )
    for (const name of ['Zoë', 'Zoe'])
      for (const body of ['{"name":"Zoë 🙂"}', '{}', '']) {
        const response = await client.send({
          url,
          method: 'POST',
          body,
          headers: { 'X-Name': name, Expect: 'x' },
        })
        const seen = await response.json()
        expect(seen).toMatchObject({
          body,
          headers: {
            'x-name': name,
            'content-length': String(Buffer.byteLength(body)),
            connection: 'keep-alive',
          },
        })
        expect(seen).not.toMatchObject({ headers: { expect: 'x' } })
      }
  })

  it('that cannot be sent is a rejection, and the next one is sent', async () => {
    const server = createHttpServer((_, response) => response.end('ok'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
    const client = createHttpClient({ proxy: false, maxSockets: 1 })
    cleanup.push(
      () => client.close(),
      () => void server.close(),
    )
    for (let round = 0; round < 3; round++) {
      await expect(client.send({ url, headers: { a: 'b\r\nc: d' } })).rejects.toThrow(
        'headers.a: expected Latin-1 without line breaks',
      )
      await expect(client.send({ url, method: 'G T' })).rejects.toThrow(
        'method: expected an HTTP method, and not CONNECT, received "G T"',
      )
      expect(await (await client.send({ url })).text()).toBe('ok')
    }
  })
})
