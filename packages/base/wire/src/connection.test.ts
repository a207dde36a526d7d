import { getEventListeners, once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { failure, Opened, until } from './fixture-opened.ts'
import type { HttpClient, HttpClientOptions, HttpRequest } from './http.ts'
import { createHttpClient } from './node-client.ts'

/** What a server does with the bytes of one connection; it answers by writing to the socket. */
type Behaviour = (socket: Socket, text: string, connection: number) => void

interface Site {
  readonly url: string
  readonly sockets: Set<Socket>
  /** The requests that came whole, by their paths. */
  readonly seen: string[]
  connections: number
}

const open = new Opened()

const ok = (body = 'ok', more = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`

const pathOf = (text: string): string => text.split(' ')[1] ?? ''

/** A raw server; `onRequest` is called with each head that has come whole, `onConnection` before that. */
const serve = async (onRequest: Behaviour, onConnection?: (socket: Socket) => void): Promise<Site> => {
  const site: Site = { url: '', sockets: new Set(), seen: [], connections: 0 }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = ++site.connections
    site.sockets.add(socket)
    open.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    socket.on('close', () => site.sockets.delete(socket))
    onConnection?.(socket)
    let text = ''
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (pathOf(head) === '/early') {
          // It does not wait for the body.
          text = ''
          site.seen.push(pathOf(head))
          onRequest(socket, head, connection)
          return
        }
        if (text.length < end + 4 + length) return
        text = text.slice(end + 4 + length)
        site.seen.push(pathOf(head))
        onRequest(socket, head, connection)
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  open.servers.push(server)
  const address = server.address()
  return Object.assign(site, { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/` })
}

const client = (options: HttpClientOptions = {}): HttpClient => {
  const made = createHttpClient({ proxy: false, ...options })
  open.clients.push(made)
  return made
}

const get = async (own: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<string> =>
  (await own.send({ url, ...more })).text()

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

afterEach(async () => {
  await open.close()
})

const head = 'HTTP/1.1 200 OK\r\n'
const gzip = ok('x', 'Content-Encoding: gzip\r\n')

/** Everything a server can do wrong with a request, and what the caller gets to know. */
const faults: readonly (readonly [string, Behaviour, string])[] = [
  ['closes', (socket) => socket.end(), 'the server closed the connection'],
  ['resets', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
  ['sends half a head', (socket) => socket.end(`${head}Content-`), 'the server closed the connection'],
  [
    'sends half a body',
    (socket) => socket.end(`${head}Content-Length: 5\r\n\r\nab`),
    'the server closed the connection',
  ],
  [
    'resets in the body',
    (socket) => socket.write(`${head}Content-Length: 9\r\n\r\nab`, () => socket.resetAndDestroy()),
    // Node 22 may say FIN.
    '',
  ],
  ['sends no HTTP', (socket) => socket.write('220 mail.example ESMTP\r\n\r\n'), 'no status line'],
  [
    'sends TLS',
    (socket) => socket.write('\u0015\u0003\u0003\0\u0002\u0002P', 'latin1'),
    'a character that no head may have',
  ],
  ['sends two lengths', (socket) => socket.write(ok('ab', 'Content-Length: 3\r\n')), 'no length'],
  [
    'breaks a chunk',
    (socket) => socket.write(`${head}Transfer-Encoding: chunked\r\n\r\nx\r\n`),
    'no size of a chunk',
  ],
  ['switches protocols', (socket) => socket.write('HTTP/1.1 101 X\r\n\r\n'), 'an interim answer'],
  ['compresses', (socket) => socket.write(gzip), 'the server sent gzip although identity was asked for'],
  [
    'sends an endless head',
    (socket) => socket.write(`${head}a: ${'a'.repeat(100_000)}`),
    'a head of more than',
  ],
]

describe('a slot', () => {
  it.each(faults)('is free again after a server that %s', async (_, fail, words) => {
    const site = await serve((socket, text, connection) => {
      if (pathOf(text) === '/fails') fail(socket, text, connection)
      else socket.write(ok())
    })
    const own = client({ maxSockets: 1 })
    for (let round = 0; round < 3; round++) {
      const both = [failure(get(own, `${site.url}fails`, { body: '{}' })), get(own, site.url)]
      const [error, next] = await Promise.all(both)
      expect(error).toMatchObject({
        name: 'ConnectionError',
        code: 'network',
        message: expect.stringContaining(words),
      })
      expect(next).toBe('ok')
    }
    // Not one request was sent a second time.
    expect(site.seen.toSorted()).toEqual(['/', '/', '/', '/fails', '/fails', '/fails'])
    expect(site.sockets.size).toBeLessThanOrEqual(1)
  })

  it('is not free while its answer goes on: so the case before can fail', async () => {
    const site = await serve((socket, text) =>
      socket.write(pathOf(text) === '/hangs' ? `${head}\r\na` : ok()),
    )
    const own = client({ maxSockets: 1 })
    const hanging = await own.send({ url: `${site.url}hangs` })
    expect(await failure(get(own, site.url, { deadline: Date.now() + 50 }))).toMatchObject({
      code: 'timeout',
    })
    hanging.destroy()
    expect(await get(own, site.url)).toBe('ok')
    expect(site.seen).toEqual(['/hangs', '/'])
  })

  it('is free again after two thousand failures of every kind', async () => {
    let turn = 0
    const site = await serve((socket, text, connection) => {
      if (pathOf(text) === '/') socket.write(ok())
      else if (pathOf(text) !== '/hangs') faults[turn++ % faults.length]?.[1](socket, text, connection)
    })
    const own = client({ maxSockets: 2, headersTimeoutMs: 1000 })
    const one = async (index: number): Promise<string> => {
      const controller = new AbortController()
      if (index % 4 === 0) setImmediate(() => controller.abort('enough'))
      const path = index % 4 < 2 ? 'hangs' : 'fails'
      const deadline = index % 4 === 1 ? Date.now() + 5 : undefined
      const call = get(own, site.url + path, { body: '{}', signal: controller.signal, deadline })
      const reason = await failure(call)
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      return reason === 'enough' ? 'abort' : 'error'
    }
    const counts: Record<string, number> = {}
    for (let round = 0; round < 200; round++)
      for (const kind of await Promise.all(Array.from({ length: 10 }, (_, index) => one(index))))
        counts[kind] = (counts[kind] ?? 0) + 1
    expect(counts).toEqual({ abort: 600, error: 1400 })
    expect(await Promise.all([get(own, site.url), get(own, site.url), get(own, site.url)])).toEqual([
      'ok',
      'ok',
      'ok',
    ])
    expect(site.sockets.size).toBeLessThanOrEqual(2)
  }, 30_000)
})

describe('a kept connection', () => {
  it('carries the next request when the answer ended while it was held back', async () => {
    const big = 'x'.repeat(2_000_000)
    const site = await serve((socket, text) => socket.write(ok(pathOf(text) === '/big' ? big : 'small')))
    const own = client({ maxSockets: 1 })
    const slow = await own.send({ url: `${site.url}big` })
    const next = get(own, site.url)
    await pause(50)
    expect(site.seen).toEqual(['/big'])
    expect(await slow.text()).toBe(big)
    expect(await next).toBe('small')
    expect(site.connections).toBe(1)
  })

  it('is left alone by a reader who comes late for what was whole', async () => {
    // More pieces than may wait for a reader, in what is read at once: the connection is paused, and free all the same.
    const pieces = `${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(2500)}0\r\n\r\n`
    const site = await serve((socket, text) => {
      socket.write(pathOf(text) === '/late' ? pieces : `${head}\r\n${'y'.repeat(8_000_000)}`)
    })
    const own = client({ maxSockets: 1 })
    const first = await own.send({ url: `${site.url}late` })
    const second = await own.send({ url: site.url })
    await pause(50)
    expect((await first.text()).length).toBe(2500)
    await pause(50)
    // It is the other request's, and still paused: no packet came meanwhile.
    for await (const { length } of second.chunks()) {
      expect(length).toBeLessThan(330_000)
      break
    }
    expect(site.connections).toBe(1)
  })

  it('is not used after bytes that nobody asked for, with the answer or later', async () => {
    const site = await serve((socket, text) => {
      if (pathOf(text) === '/now') socket.write(ok('a') + ok('evil'))
      else
        socket.write(
          ok('b'),
          () => pathOf(text) === '/later' && setTimeout(() => socket.write(ok('evil')), 10),
        )
    })
    const own = client({ maxSockets: 1 })
    expect([await get(own, `${site.url}now`), await get(own, site.url)]).toEqual(['a', 'b'])
    expect(site.connections).toBe(2)
    expect(await get(own, `${site.url}later`)).toBe('b')
    await until(() => site.sockets.size === 0)
    expect(await get(own, site.url)).toBe('b')
    expect(site.connections).toBe(3)
    expect(await get(own, site.url)).toBe('b')
    expect(site.connections).toBe(3)
  })

  it.each([
    ['says that it closes', ok('ok', 'Connection: close\r\n')],
    ['is of 1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['says that it will be gone in a second', ok('ok', 'Keep-Alive: timeout=1\r\n')],
  ])('is none when its answer %s', async (_, answer) => {
    const site = await serve((socket) => socket.write(answer))
    const own = client()
    expect([await get(own, site.url), await get(own, site.url)]).toEqual(['ok', 'ok'])
    expect(site.connections).toBe(2)
  })

  it.each(['HEAD', 'GET'])('that may be followed by a body nobody may send is none (%s)', async (method) => {
    const answer = method === 'HEAD' ? head : 'HTTP/1.1 204 No Content\r\n'
    const site = await serve((socket) => {
      socket.write(`${answer}Content-Length: 4\r\n\r\n`)
      setTimeout(() => socket.write('evil'), 10)
    })
    const own = client()
    for (let round = 0; round < 2; round++) expect(await get(own, site.url, { method })).toBe('')
    expect(site.connections).toBe(2)
  })

  it.each([
    ['maxSockets', 0, 'a number of at least 1'],
    ['maxSockets', Number.NaN, 'a number of at least 1'],
    ['keepAliveMs', Number.NaN, 'a number of milliseconds'],
    ['idleTimeoutMs', -1, 'a number of milliseconds'],
  ])('needs numbers that are some: %s may not be %s', (name, value, expected) => {
    expect(() => createHttpClient({ [name]: value })).toThrow(`${name}: expected ${expected}, received`)
    createHttpClient({ [name]: 1 }).close()
  })

  it('takes any number of milliseconds to be kept for', async () => {
    const site = await serve((socket) => socket.write(ok('ok', `Keep-Alive: timeout=${'9'.repeat(400)}\r\n`)))
    const own = client({ keepAliveMs: Number.POSITIVE_INFINITY, headersTimeoutMs: Number.POSITIVE_INFINITY })
    for (let round = 0; round < 3; round++) expect(await get(own, site.url)).toBe('ok')
    expect(site.connections).toBe(1)
    const brief = client({ keepAliveMs: 0 })
    for (let round = 0; round < 2; round++) expect(await get(brief, site.url)).toBe('ok')
    expect(site.connections).toBe(3)
  })
})

const large = 'x'.repeat(20_000_000)

describe('a large body', () => {
  it('that is answered before it was sent is given up, with the answer', async () => {
    const site = await serve((socket, text) => {
      if (pathOf(text) !== '/early') return void socket.write(ok())
      socket.pause()
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig')
    })
    const own = client({ maxSockets: 1 })
    const response = await own.send({ url: `${site.url}early`, body: large })
    expect([response.status, await response.text()]).toEqual([413, 'big'])
    expect(await get(own, site.url)).toBe('ok')
    expect(site.connections).toBe(2)
  })

  it('that a kept connection did not take whole is sent once more, over a fresh one', async () => {
    let resets = 0
    const site = await serve((socket, text, connection) => {
      if (pathOf(text) !== '/early') return void socket.write(ok())
      if (connection === 2) return void socket.write(ok('taken'), () => socket.destroy())
      socket.pause()
      resets++
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    const own = client({ maxSockets: 1 })
    expect(await get(own, site.url)).toBe('ok')
    expect(await get(own, `${site.url}early`, { body: large })).toBe('taken')
    expect([resets, site.connections]).toEqual([1, 2])
  })

  it('that a fresh connection did not take whole was not sent', async () => {
    const site = await serve((socket) => {
      socket.pause()
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    const own = client()
    expect(await failure(get(own, `${site.url}early`, { body: large }))).toMatchObject({
      code: 'network',
      sent: false,
    })
    expect(site.connections).toBe(1)
  })

  it('that was taken whole is not sent again', async () => {
    const site = await serve((socket, text) => {
      if (pathOf(text) === '/') socket.write(ok())
      else socket.resetAndDestroy()
    })
    const own = client()
    expect(await get(own, site.url)).toBe('ok')
    expect(await failure(get(own, `${site.url}fails`, { body: large.slice(0, 2_000_000) }))).toMatchObject({
      sent: true,
    })
    expect(site.seen).toEqual(['/', '/fails'])
  })
})

describe('a request that waits for a connection', () => {
  it('can be aborted, times out at its deadline, and is not sent then', async () => {
    const held: Socket[] = []
    const site = await serve((socket, text) => {
      if (pathOf(text) === '/held') held.push(socket)
      else socket.write(ok())
    })
    const own = client({ maxSockets: 1 })
    const first = get(own, `${site.url}held`)
    await until(() => held.length === 1)
    const controller = new AbortController()
    const aborted = failure(get(own, `${site.url}aborted`, { signal: controller.signal }))
    const late = failure(get(own, `${site.url}late`, { deadline: Date.now() + 20 }))
    const served = get(own, site.url)
    await pause(5)
    controller.abort('enough')
    expect(await aborted).toBe('enough')
    expect(await late).toMatchObject({ code: 'timeout', phase: 'connect', sent: false })
    held[0]?.write(ok('held'))
    expect([await first, await served]).toEqual(['held', 'ok'])
    expect(site.seen).toEqual(['/held', '/'])
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('is not sent when it is aborted while it waits to be sent once more', async () => {
    const held: Socket[] = []
    const site = await serve((socket, text) => {
      if (pathOf(text) === '/held') held.push(socket)
      else if (pathOf(text) === '/early') {
        socket.pause()
        setTimeout(() => socket.resetAndDestroy(), 20)
      } else socket.write(ok())
    })
    const own = client({ maxSockets: 1 })
    expect(await get(own, site.url)).toBe('ok')
    const controller = new AbortController()
    const again = failure(get(own, `${site.url}early`, { body: large, signal: controller.signal }))
    // This one is given the slot of the connection that broke.
    const other = get(own, `${site.url}held`)
    await until(() => held.length === 1)
    controller.abort('enough')
    expect(await again).toBe('enough')
    held[0]?.write(ok('held'))
    expect(await other).toBe('held')
    expect(await get(own, site.url)).toBe('ok')
    expect(site.seen).toEqual(['/', '/early', '/held', '/'])
  })

  it('is given a fresh connection when those before it break, and all fail when there is none', async () => {
    const site = await serve((socket, text) => {
      if (pathOf(text) === '/breaks') socket.resetAndDestroy()
      else socket.write(ok())
    })
    const own = client({ maxSockets: 2 })
    const calls = Array.from({ length: 20 }, (_, index) =>
      get(own, `${site.url}${index % 2 ? 'breaks' : ''}`),
    )
    const settled = await Promise.allSettled(calls)
    expect(settled.map(({ status }) => status)).toEqual(
      settled.map((_, index) => (index % 2 ? 'rejected' : 'fulfilled')),
    )
    const nowhere = client({ maxSockets: 2 })
    const server = open.servers.pop()
    for (const socket of site.sockets) socket.destroy()
    await new Promise((resolve) => server?.close(resolve))
    const refused = Array.from({ length: 20 }, () => failure(get(nowhere, site.url)))
    for (const error of await Promise.all(refused))
      expect(error).toMatchObject({
        sent: false,
        phase: 'connect',
        message: expect.stringContaining('ECONNREFUSED'),
      })
  })

  it('is served after the client was closed, and no connection is kept then', async () => {
    const site = await serve((socket) => setTimeout(() => socket.write(ok()), 5))
    const own = client({ maxSockets: 2 })
    const calls = Array.from({ length: 6 }, () => get(own, site.url))
    await until(() => site.connections === 2)
    own.close()
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 6 }, () => 'ok'))
    await until(() => site.sockets.size === 0)
    expect(site.connections).toBe(2)
  })
})

describe('an answer', () => {
  it('comes after interim ones, until the connection ends, with an empty or written-out encoding', async () => {
    const answers: Record<string, string> = {
      '/interim': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${ok('interim')}`,
      '/empty': ok('empty', 'Content-Encoding:\r\n'),
      '/identity': ok('identity', 'Content-Encoding: Identity\r\n'),
    }
    const site = await serve((socket, text) => {
      const answer = answers[pathOf(text)]
      if (answer) socket.write(answer)
      else socket.end(`HTTP/1.0 200 OK\r\n\r\nend`)
    })
    const own = client()
    for (const name of ['interim', 'empty', 'identity', 'end'])
      expect(await get(own, site.url + name)).toBe(name)
    expect(site.connections).toBe(1)
  })

  it('that comes before the request is taken for its answer, and the connection for no other', async () => {
    const site = await serve(
      () => undefined,
      (socket) => socket.write('HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy'),
    )
    const own = client({ maxSockets: 1 })
    for (let round = 0; round < 2; round++) {
      const response = await own.send({ url: site.url, body: '{}' })
      expect([response.status, await response.text()]).toEqual([503, 'busy'])
    }
    expect(site.connections).toBe(2)
  })

  it('in many small pieces holds its server back before they cost much', async () => {
    const piece = '1\r\na\r\n'.repeat(10_000)
    const site = await serve((socket) =>
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${piece.repeat(200)}0\r\n\r\n`),
    )
    const lengths: number[] = []
    for await (const { length } of (await client().send({ url: site.url })).chunks()) {
      lengths.push(length)
      if (lengths.length === 1) await pause(50)
    }
    expect(lengths.reduce((sum, length) => sum + length)).toBe(2_000_000)
    // What waited came at once: some packets of it, and not the 256 kB that fewer pieces may have.
    expect(Math.max(...lengths)).toBeLessThan(50_000)
  })
})
