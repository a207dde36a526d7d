import { createServer, globalAgent, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, globalAgent as tlsGlobalAgent } from 'node:https'
import { connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { failure, Opened, until } from './fixture-opened.ts'
import type { HttpClient, HttpClientOptions } from './http.ts'
import { createHttpClient } from './node-client.ts'

/** A certificate for api.example and localhost that nobody trusts, with its key: made for these tests alone. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg22G9vf7mPqLCLHJk
bD6Nxeer1cW4NPla9jeK2h0+ZIOhRANCAAQtU8XrxyztNMwpkMRlzzjOaw3LMMQU
7MSncUCppvHWrTVAxKdSTwg5Ml+KvMwQu5Pqf7yXqwjzSb8yXr/MSuUd
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBpTCCAUygAwIBAgIUObMNkQ3XK+Ppqqapeqe9yB9MO9AwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLYXBpLmV4YW1wbGUwIBcNMjYxMTIxMDQ1NDAzWhgPMjEyNjEw
MjgwNDU0MDNaMBYxFDASBgNVBAMMC2FwaS5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAELVPF68cs7TTMKZDEZc84zmsNyzDEFOzEp3FAqabx1q01QMSn
Uk8IOTJfirzMELuT6n+8l6sI80m/Ml6/zErlHaN2MHQwHQYDVR0OBBYEFKYr2Og+
t5/9igfqu48ocwFEMnSTMB8GA1UdIwQYMBaAFKYr2Og+t5/9igfqu48ocwFEMnST
MA8GA1UdEwEB/wQFMAMBAf8wIQYDVR0RBBowGIILYXBpLmV4YW1wbGWCCWxvY2Fs
aG9zdDAKBggqhkjOPQQDAgNHADBEAiB3mCHywzTlw94d+S+912+8i540UH/y7aik
xX1B6IhlOAIgatvIVAb4G3AUzAxp1kQraILhBondtoKITEtXqltldIk=
-----END CERTIFICATE-----`

interface Site {
  readonly port: number
  readonly url: string
  readonly sockets: Set<Socket>
  connections: number
}

const open = new Opened()

const listen = async (server: Server | TcpServer, scheme = 'http'): Promise<Site> => {
  const sockets = new Set<Socket>()
  const site: Site = { port: 0, url: '', sockets, connections: 0 }
  server.on('connection', (socket: Socket) => {
    site.connections++
    sockets.add(socket)
    open.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.servers.push(server)
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return Object.assign(site, { port, url: `${scheme}://127.0.0.1:${port}/` })
}

const serve = (listener: RequestListener): Promise<Site> => listen(createServer(listener))

const client = (options: HttpClientOptions = {}): HttpClient => {
  const made = createHttpClient({ proxy: false, ...options })
  open.clients.push(made)
  return made
}

const get = async (own: HttpClient, url: string): Promise<string> => (await own.send({ url })).text()

afterEach(async () => {
  vi.unstubAllEnvs()
  await open.close()
})

describe('the pool', () => {
  it('keeps connections, one origin at a time', async () => {
    const site = await serve((_, response) => response.end('ok'))
    const other = await serve((_, response) => response.end('ok'))
    const own = client()
    for (let round = 0; round < 5; round++) await get(own, site.url)
    await get(own, `${site.url}elsewhere?a=b`)
    await get(own, other.url)
    expect([site.connections, other.connections]).toEqual([1, 1])
  })

  it('opens no more connections than it may, and makes the rest wait', async () => {
    const site = await serve((_, response) => void setTimeout(() => response.end('ok'), 5))
    const own = client({ maxSockets: 3 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(own, site.url)))
    expect(answers).toEqual(Array.from({ length: 20 }, () => 'ok'))
    expect(site.connections).toBe(3)
  })

  it('lets idle connections go, and all of them when it is closed', async () => {
    const site = await serve((_, response) => response.end('ok'))
    await get(client({ keepAliveMs: 30 }), site.url)
    await until(() => site.sockets.size === 0)
    const own = client()
    await get(own, site.url)
    expect(site.sockets.size).toBe(1)
    own.close()
    await until(() => site.sockets.size === 0)
    expect(await get(own, site.url)).toBe('ok')
  })

  it('does not let the idle clock run in a request, the first of a connection or another', async () => {
    const site = await serve((_, response) => void setTimeout(() => response.end('late'), 120))
    const own = client({ keepAliveMs: 60 })
    expect([await get(own, site.url), await get(own, site.url)]).toEqual(['late', 'late'])
    expect(site.connections).toBe(1)
  })

  it('gives a connection up a second before its server does, which says when', async () => {
    const says = (header: string): Promise<Site> =>
      serve((_, response) => response.setHeader('Keep-Alive', header).end('ok'))
    const [short, long] = [await says('timeout=1, max=9'), await says('timeout=60')]
    const own = client({ keepAliveMs: 50 })
    for (let round = 0; round < 2; round++) await Promise.all([get(own, short.url), get(own, long.url)])
    expect([short.connections, long.connections]).toEqual([2, 1])
    await until(() => long.sockets.size === 0)
    const patient = client({ keepAliveMs: 60_000 })
    const [soon, began] = [await says('timeout=2'), performance.now()]
    await get(patient, soon.url)
    await until(() => soon.sockets.size === 0)
    expect(performance.now() - began).toBeGreaterThan(900)
  })

  it('leaves the global agents alone', async () => {
    const state = (): string[] =>
      [globalAgent, tlsGlobalAgent].map(({ maxSockets, maxFreeSockets, freeSockets }) =>
        JSON.stringify([maxSockets, maxFreeSockets, Object.keys(freeSockets)]),
      )
    const before = state()
    const site = await serve((_, response) => response.end('ok'))
    await get(client({ maxSockets: 1 }), site.url)
    expect(state()).toEqual(before)
  })

  it('refuses what is no http URL', async () => {
    for (const url of ['ftp://a/', 'nothing'])
      expect(await failure(client().send({ url }))).toMatchObject({
        sent: false,
        message: `expected an http or https URL, received ${url}`,
      })
  })

  it('asks for no compression, and says so when it gets one', async () => {
    const site = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    })
    expect(await failure(client().send({ url: site.url }))).toMatchObject({
      code: 'network',
      message: expect.stringContaining('gzip'),
    })
  })
})

/** A server in a thread of its own: it goes on while this one is blocked. It resets a connection after each answer. */
const resettingServer = `
  const { parentPort } = require('node:worker_threads')
  const { createServer } = require('node:http')
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    response.end(String(requests))
    if (request.headers['x-reset']) response.once('close', () => setTimeout(() => request.socket.resetAndDestroy(), 30))
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

describe('a kept connection that turns out closed', () => {
  it('is replaced once when nothing of the request can have been seen', async () => {
    const worker = new Worker(resettingServer, { eval: true })
    try {
      const port = await new Promise<number>((resolve) => worker.once('message', resolve))
      const own = client()
      const url = `http://127.0.0.1:${port}/`
      const first = await own.send({ url, headers: { 'x-reset': 'yes' } })
      expect(await first.text()).toBe('1')
      // The socket goes back to the pool; then its reset arrives while nobody can notice.
      await new Promise((resolve) => setImmediate(resolve))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
      const second = await own.send({ url, body: 'x'.repeat(1000) })
      expect(await second.text()).toBe('2')
    } finally {
      await worker.terminate()
    }
  })

  it('is an error when the request was sent: the server may have acted on it', async () => {
    let requests = 0
    const site = await serve((request, response) => {
      requests++
      if (requests === 1) response.end('ok')
      else request.socket.destroy()
    })
    const own = client()
    await get(own, site.url)
    const error = await failure(own.send({ url: site.url, body: '{}' }))
    expect(error).toMatchObject({ code: 'network', phase: 'headers', sent: true })
    expect(requests).toBe(2)
  })

  it('is seen before the request is made, after a pause', async () => {
    const site = await serve((_, response) => response.end('ok'))
    const own = client()
    await get(own, site.url)
    for (const socket of site.sockets) socket.end()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await get(own, site.url)).toBe('ok')
    expect(site.connections).toBe(2)
  })
})

describe('the connection', () => {
  it('must stand within its time, TLS included', async () => {
    const site = await listen(
      createTcpServer((socket) => socket.resume()),
      'https',
    )
    const error = await failure(client({ connectTimeoutMs: 40 }).send({ url: site.url }))
    expect(error).toMatchObject({
      code: 'timeout',
      phase: 'connect',
      sent: false,
      message: 'no connection within 40 ms',
    })
    await until(() => site.sockets.size === 0)
  })

  it('can be aborted before it stands', async () => {
    const site = await listen(
      createTcpServer((socket) => socket.resume()),
      'https',
    )
    const controller = new AbortController()
    const failed = failure(client().send({ url: site.url, signal: controller.signal }))
    await until(() => site.sockets.size === 1)
    controller.abort('enough')
    expect(await failed).toBe('enough')
    await until(() => site.sockets.size === 0)
  })

  it('is only made to a server whose certificate is trusted', async () => {
    const site = await listen(
      createTlsServer({ key, cert }, (_, response) => response.end('secret')),
      'https',
    )
    const url = `https://localhost:${site.port}/`
    expect(await failure(client().send({ url }))).toMatchObject({
      code: 'network',
      phase: 'connect',
      sent: false,
      message: expect.stringContaining('self-signed'),
    })
    expect(await get(client({ ca: cert }), url)).toBe('secret')
    // Trusted, but not for this name.
    expect(await failure(client({ ca: cert }).send({ url: site.url }))).toMatchObject({
      code: 'network',
      sent: false,
    })
  })
})

interface Proxy extends Site {
  readonly seen: string[]
}

/** A proxy that answers plain requests itself, and leads every tunnel to one port. */
const proxyTo = async (target?: number): Promise<Proxy> => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers.host} ${request.headers['proxy-authorization']}`,
    )
    response.end('from the proxy')
  })
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`)
    if (target === undefined) return
    const upstream = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    open.sockets.add(upstream)
    for (const end of [upstream, socket]) end.on('error', () => upstream.destroy())
  })
  return Object.assign(await listen(server), { seen })
}

describe('a proxy', () => {
  it('is asked for the whole URL of plain http', async () => {
    const proxy = await proxyTo()
    vi.stubEnv('HTTP_PROXY', `http://user:p%40ss@127.0.0.1:${proxy.port}`)
    const own = client({ proxy: undefined })
    expect(await get(own, 'http://api.example/a?b')).toBe('from the proxy')
    expect(await get(own, 'http://api.example/c')).toBe('from the proxy')
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(proxy.seen).toEqual([
      `GET http://api.example/a?b api.example ${basic}`,
      `GET http://api.example/c api.example ${basic}`,
    ])
    expect(proxy.connections).toBe(1)
  })

  it('makes a tunnel for https, which is kept, and in which certificates are checked', async () => {
    const site = await listen(
      createTlsServer({ key, cert }, (request, response) => response.end(request.url)),
    )
    const proxy = await proxyTo(site.port)
    vi.stubEnv('https_proxy', `127.0.0.1:${proxy.port}`)
    const own = client({ proxy: undefined, ca: cert })
    expect(await get(own, 'https://api.example/a')).toBe('/a')
    expect(await get(own, 'https://api.example/b')).toBe('/b')
    expect(proxy.seen).toEqual(['CONNECT api.example:443 undefined'])
    expect(await failure(client({ proxy: undefined }).send({ url: 'https://api.example/' }))).toMatchObject({
      code: 'network',
      message: expect.stringContaining('self-signed'),
    })
  })

  it('is not waited for longer than a connection, and can be aborted', async () => {
    const proxy = await proxyTo()
    const options = { proxy: proxy.url, connectTimeoutMs: 40 }
    expect(await failure(client(options).send({ url: 'https://api.example/' }))).toMatchObject({
      code: 'timeout',
      phase: 'connect',
      sent: false,
    })
    const controller = new AbortController()
    const failed = failure(
      client({ proxy: proxy.url }).send({ url: 'https://api.example/', signal: controller.signal }),
    )
    await until(() => proxy.seen.length === 2)
    controller.abort('enough')
    expect(await failed).toBe('enough')
  })

  it('is passed by for NO_PROXY, for this machine, and when there shall be none', async () => {
    const proxy = await proxyTo()
    const site = await serve((_, response) => response.end('direct'))
    vi.stubEnv('HTTP_PROXY', proxy.url)
    expect(await get(client({ proxy: undefined }), site.url)).toBe('direct')
    vi.stubEnv('NO_PROXY', '.example')
    expect(
      await failure(client({ proxy: undefined }).send({ url: 'http://does-not-exist.example/' })),
    ).toMatchObject({ message: expect.stringContaining('does-not-exist.example') })
    vi.stubEnv('NO_PROXY', '')
    expect(await failure(client().send({ url: 'http://does-not-exist.example/' }))).toMatchObject({
      message: expect.stringContaining('does-not-exist.example'),
    })
    expect(proxy.seen).toEqual([])
  })

  it('must speak http, and its password is not shown', async () => {
    vi.stubEnv('ALL_PROXY', 'socks5://user:secret@127.0.0.1:1')
    const error = await failure(client({ proxy: undefined }).send({ url: 'http://api.example/' }))
    expect(error).toMatchObject({
      message: 'expected an http or https proxy, received socks5://…@127.0.0.1:1',
    })
  })
})
