import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import {
  checkServerIdentity,
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cert, key } from './fixture-certificate.ts'
import { failure, Opened, until } from './fixture-opened.ts'
import type { HttpClient, HttpClientOptions } from './http.ts'
import { createHttpClient } from './node-client.ts'

const open = new Opened()

const hosts = ['localhost', '127.0.0.1']
const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)
// Node 22 takes it for another address than the certificate's 0:0:0:0:0:0:0:1.
const canVerify = checkServerIdentity('::1', new X509Certificate(cert).toLegacyObject()) === undefined
if (hasIPv6 && canVerify) hosts.push('[::1]')

const track = (socket: Socket): void => {
  open.sockets.add(socket)
  socket.on('error', () => undefined)
  socket.on('close', () => open.sockets.delete(socket))
}

const listen = async (server: Server, host = '127.0.0.1'): Promise<number> => {
  server.on('connection', track)
  await once(server.listen(0, host.replace(/[[\]]/g, '').replace('localhost', '127.0.0.1')), 'listening')
  open.servers.push(server)
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

interface Site {
  readonly port: number
  /** What the handshakes asked for, and whether they took up a session. */
  readonly handshakes: { readonly name: unknown; readonly alpn: unknown; readonly reused: boolean }[]
}

/** Answers each request with its path, over TLS. */
const serveTls = async (host?: string, options: TlsOptions = {}): Promise<Site> => {
  const handshakes: Site['handshakes'] = []
  const server = createTlsServer(
    { key, cert, ALPNProtocols: ['h2', 'http/1.1'], ...options },
    (socket: TLSSocket) => {
      track(socket)
      const { servername: name, alpnProtocol: alpn } = socket
      handshakes.push({ name, alpn, reused: socket.isSessionReused() })
      socket.setEncoding('latin1').on('data', (text: string) => socket.write(ok(text.split(' ')[1] ?? '')))
    },
  )
  server.on('tlsClientError', () => undefined)
  return { port: await listen(server, host), handshakes }
}

const client = (options: HttpClientOptions = {}): HttpClient => {
  const made = createHttpClient({ proxy: false, ca: cert, ...options })
  open.clients.push(made)
  return made
}

const get = async (own: HttpClient, url: string, signal?: AbortSignal): Promise<string> =>
  (await own.send({ url, signal })).text()

/** What is spoken over TLS cannot be reset. */
const reset = (socket: Socket): void => {
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}

afterEach(async () => {
  vi.unstubAllEnvs()
  await open.close()
})

describe('TLS', () => {
  it.each(hosts)('is spoken with %s, whose name is sent when it is one', async (host) => {
    const site = await serveTls(host)
    expect(await get(client(), `https://${host}:${site.port}/a`)).toBe('/a')
    const name = host === 'localhost' ? 'localhost' : false
    expect(site.handshakes).toEqual([{ name, alpn: 'http/1.1', reused: false }])
  })

  it('takes a session up again, of the same client and host alone', async () => {
    const site = await serveTls()
    const own = client({ keepAliveMs: 0 })
    const [name, address] = [`https://localhost:${site.port}/`, `https://127.0.0.1:${site.port}/`]
    for (const url of [name, name, address, address]) await get(own, url)
    await get(client(), name)
    expect(site.handshakes.map(({ reused }) => reused)).toEqual([false, true, false, true, false])
  })

  it('is verified, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const site = await serveTls()
    const url = `https://localhost:${site.port}/a`
    expect(await failure(get(createHttpClient({ proxy: false }), url))).toMatchObject({
      code: 'network',
      phase: 'connect',
      sent: false,
      message: expect.stringContaining('self-signed'),
    })
    expect(await get(client(), url)).toBe('/a')
  })

  it.each<readonly [string, (socket: Socket) => void]>([
    ['closes', (socket) => socket.end()],
    ['resets', reset],
    ['speaks plain HTTP', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['closes when it was spoken to', (socket) => socket.once('data', () => socket.end())],
    ['resets when it was spoken to', (socket) => socket.once('data', () => reset(socket))],
  ])('fails unsent with a server that %s, and frees its slot', async (_, misbehave) => {
    const tls = await serveTls()
    let isBad = true
    const port = await listen(
      createServer((socket) => {
        if (isBad) misbehave(socket)
        else socket.pipe(connect(tls.port, '127.0.0.1').on('error', () => socket.destroy())).pipe(socket)
      }),
    )
    const own = client({ maxSockets: 1 })
    for (let round = 0; round < 3; round++)
      expect(await failure(get(own, `https://localhost:${port}/`))).toMatchObject({
        name: 'ConnectionError',
        code: 'network',
        phase: 'connect',
        sent: false,
      })
    isBad = false
    expect(await get(own, `https://localhost:${port}/good`)).toBe('/good')
  })

  it('with what is no certificate fails as every connection does', async () => {
    const own = client({ ca: 'nonsense', maxSockets: 1 })
    for (let round = 0; round < 2; round++)
      expect(await failure(get(own, 'https://localhost:1/'))).toMatchObject({
        name: 'ConnectionError',
        phase: 'connect',
        sent: false,
      })
  })
})

type Tunnel = (socket: Socket, join: () => void) => void

interface Proxy {
  readonly url: string
  readonly asked: string[]
  answer: Tunnel
}

const established = 'HTTP/1.0 200 Connection established\r\n\r\n'

const agree: Tunnel = (socket, join) => {
  socket.write(established)
  join()
}

/** A proxy that answers each CONNECT with `answer`, and joins tunnels to one port. */
const proxyTo = async (port: number, isSecure = false): Promise<Proxy> => {
  const asked: string[] = []
  const proxy = { url: '', asked, answer: agree }
  const onSocket = (socket: Socket): void => {
    track(socket)
    socket.once('data', (head: Buffer) => {
      asked.push(head.toString('latin1'))
      proxy.answer(socket, () => {
        const upstream = connect(port, asked.at(-1)?.includes('[::1]') ? '::1' : '127.0.0.1')
        track(upstream)
        upstream.on('close', () => socket.destroy())
        socket.on('close', () => upstream.destroy())
        socket.pipe(upstream).pipe(socket)
      })
    })
  }
  const server = isSecure ? createTlsServer({ key, cert }, onSocket) : createServer(onSocket)
  const scheme = isSecure ? 'https' : 'http'
  return Object.assign(proxy, { url: `${scheme}://user:p%40ss@127.0.0.1:${await listen(server)}` })
}

describe.each([
  ['http', false],
  ['https', true],
])('a tunnel through an %s proxy', (_, isSecure) => {
  it.each(hosts)('leads to %s, is kept, and ends with the client', async (host) => {
    const site = await serveTls(host)
    const proxy = await proxyTo(site.port, isSecure)
    const own = client({ proxy: proxy.url })
    for (const path of ['/a', '/b']) expect(await get(own, `https://${host}:${site.port}${path}`)).toBe(path)
    const to = `${host}:${site.port}`
    const basic = Buffer.from('user:p@ss').toString('base64')
    expect(proxy.asked).toEqual([
      `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`,
    ])
    expect(site.handshakes).toMatchObject([{ name: host === 'localhost' ? host : false }])
    own.close()
    await until(() => open.sockets.size === 0)
  })

  it.each([
    ['p%40ss', 'p@ss'],
    ['50%', '50%'],
  ])('is asked for with the password %s', async (written, password) => {
    const site = await serveTls()
    const proxy = await proxyTo(site.port, isSecure)
    const own = client({ proxy: proxy.url.replace('p%40ss', written) })
    expect(await get(own, 'https://api.example/a')).toBe('/a')
    expect(proxy.asked.join()).toContain(`Basic ${Buffer.from(`user:${password}`).toString('base64')}\r\n`)
  })

  it('is made anew when the proxy or the server has closed it', async () => {
    const site = await serveTls()
    const proxy = await proxyTo(site.port, isSecure)
    const own = client({ proxy: proxy.url, maxSockets: 1 })
    for (let round = 1; round <= 3; round++) {
      expect(await get(own, 'https://api.example/a')).toBe('/a')
      expect(proxy.asked).toHaveLength(round)
      for (const socket of open.sockets) if (round === 1) socket.end()
      for (const socket of open.sockets) if (round === 2) reset(socket)
      await until(() => open.sockets.size === 0 || round === 3)
    }
  })

  it.each<readonly [string, Tunnel, string]>([
    [
      'asks for a password',
      (socket) => socket.write('HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno'),
      'the proxy refused the tunnel with 407',
    ],
    [
      'refuses and closes',
      (socket) => socket.end('HTTP/1.0 502 Bad Gateway\r\n\r\n<html>'),
      'the proxy refused the tunnel with 502',
    ],
    [
      'redirects',
      (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n'),
      'the proxy refused the tunnel with 302',
    ],
    ['closes', (socket) => socket.end(), 'the server closed the connection'],
    [
      'closes in its head',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nA: '),
      'the server closed the connection',
    ],
    ['resets', reset, ''],
    ['speaks something else', (socket) => socket.write('SSH-2.0-OpenSSH\r\n\r\n'), 'no status line'],
    [
      'closes the tunnel',
      (socket) => socket.end(established),
      'before secure TLS connection was established',
    ],
    ['resets the tunnel', (socket) => socket.write(established, () => reset(socket)), ''],
    [
      'answers itself',
      (socket) => socket.write(`${established}HTTP/1.1 400 Bad\r\n\r\n`),
      'the proxy sent something into the tunnel',
    ],
    ['says nothing', () => undefined, 'no connection within 100 ms'],
    ['says nothing in the tunnel', (socket) => socket.write(established), 'no connection within 100 ms'],
  ])('fails unsent when the proxy %s, and frees its slot', async (_name, answer, words) => {
    const site = await serveTls()
    const proxy = await proxyTo(site.port, isSecure)
    const connectTimeoutMs = words.startsWith('no connection') ? 100 : 10_000
    const own = client({ proxy: proxy.url, maxSockets: 1, connectTimeoutMs })
    for (let round = 0; round < 2; round++) {
      proxy.answer = answer
      expect(await failure(get(own, 'https://api.example/a'))).toMatchObject({
        name: 'ConnectionError',
        phase: 'connect',
        sent: false,
        message: expect.stringContaining(words),
      })
    }
    await until(() => open.sockets.size === 0)
    proxy.answer = agree
    // TLS may take longer than those who say nothing are waited for.
    const next = connectTimeoutMs === 100 ? client({ proxy: proxy.url }) : own
    expect(await get(next, 'https://api.example/a')).toBe('/a')
  })

  it('is made by an answer in pieces, after interim ones', async () => {
    const site = await serveTls()
    const proxy = await proxyTo(site.port, isSecure)
    proxy.answer = (socket, join) => {
      const pieces = ['HTTP/1.1 100 Continue\r', '\n\r\nHTTP/1.1 2', '00 OK\r\nContent-Length: 5\r\n', '\r\n']
      const next = (): void => {
        const piece = pieces.shift()
        if (piece === undefined) join()
        else socket.write(piece, () => setTimeout(next, 2))
      }
      next()
    }
    expect(await get(client({ proxy: proxy.url }), 'https://api.example/a')).toBe('/a')
  })

  it('can be aborted at any time, and leaves nothing open', async () => {
    const site = await serveTls()
    const proxy = await proxyTo(site.port, isSecure)
    const own = client({ proxy: proxy.url, maxSockets: 1, keepAliveMs: 0 })
    let aborted = 0
    for (let turns = 0; turns < 40; turns++) {
      const controller = new AbortController()
      const call = get(own, `https://api.example/${turns}`, controller.signal).catch(
        (reason: unknown) => reason,
      )
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      controller.abort('enough')
      if ((await call) === 'enough') aborted++
      await until(() => open.sockets.size === 0)
    }
    expect(aborted).toBeGreaterThan(3)
    expect(await get(own, 'https://api.example/a')).toBe('/a')
  })
})
