import { getEventListeners } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ConnectionError } from './connection-error.ts'
import { createHttpClient as createFetchClient } from './fetch-client.ts'
import { failure, until } from './fixture-opened.ts'
import type { HttpClient, HttpClientOptions } from './http.ts'
import { createHttpClient as createNodeClient } from './node-client.ts'

interface Site {
  readonly url: string
  readonly sockets: Set<Socket>
}

const open: { servers: Server[]; clients: HttpClient[] } = { servers: [], clients: [] }

const serve = async (listener: RequestListener): Promise<Site> => {
  const server = createServer(listener)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.servers.push(server)
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, sockets }
}

afterEach(async () => {
  for (const client of open.clients.splice(0)) client.close()
  for (const server of open.servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

describe.each([
  ['node', createNodeClient],
  ['fetch', createFetchClient],
])('createHttpClient (%s)', (name, create) => {
  const client = (options: HttpClientOptions = {}): HttpClient => {
    const made = create({ proxy: false, ...options })
    open.clients.push(made)
    return made
  }

  it('sends method, headers and body, and reads status, headers and body', async () => {
    const { url } = await serve((request, response) => {
      const { method, headers } = request
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => void (body += chunk))
      request.on('end', () => {
        response.writeHead(201, { 'X-Echo': 'Yes', 'x-many': ['a', 'b'] })
        response.end(JSON.stringify({ method, body, headers, url: request.url }))
      })
    })
    const response = await client().send({ url: `${url}a?b=c`, body: 'grüße', headers: { 'X-Own': 'me' } })
    expect(response.status).toBe(201)
    expect(response.headers).toMatchObject({ 'x-echo': 'Yes', 'x-many': 'a, b' })
    const seen = await response.json()
    expect(seen).toMatchObject({ method: 'POST', body: 'grüße', url: '/a?b=c', headers: { 'x-own': 'me' } })
    expect(seen).toMatchObject({ headers: { 'content-length': '7' } })
    const get = await client().send({ url })
    expect(await get.json()).toMatchObject({ method: 'GET', body: '' })
  })

  it('joins headers of one name, and knows none that did not come', async () => {
    const { url } = await serve((_, response) => {
      response.appendHeader('X-Many', 'a').appendHeader('x-many', 'b').setHeader('Constructor', 'c')
      response.end('{}')
    })
    const { headers } = await client().send({ url })
    expect(headers).toMatchObject({ 'x-many': 'a, b', constructor: 'c' })
    expect(Object.keys(headers)).not.toContain('X-Many')
  })

  it('gives a body in chunks, in events, and whole', async () => {
    const { url } = await serve((_, response) => {
      response.write('data: 1\n\nda')
      setTimeout(() => response.end('ta: ü\n\n'), 10)
    })
    const events = []
    for await (const batch of (await client().send({ url })).events()) events.push(...batch)
    expect(events.map(({ data }) => data)).toEqual(['1', 'ü'])
    let bytes = 0
    for await (const chunk of (await client().send({ url })).chunks()) bytes += chunk.length
    expect(bytes).toBe(19)
    expect(await (await client().send({ url })).text()).toBe('data: 1\n\ndata: ü\n\n')
    expect(await (await client().send({ url })).text(9)).toBe('data: 1\n\n')
    expect(await (await client().send({ url })).text(4)).toBe('data')
  })

  it('does not follow redirects', async () => {
    const { url } = await serve((_, response) => response.writeHead(307, { location: '/x' }).end())
    expect((await client().send({ url })).status).toBe(307)
  })

  it('says what came when it is not JSON', async () => {
    const { url } = await serve((_, response) => response.end('<html>'))
    const error = await failure((await client().send({ url })).json())
    expect(error).toMatchObject({ code: 'network', message: 'the server sent malformed JSON: <html>' })
  })

  it('cannot reach a server that is not there', async () => {
    const { url } = await serve(() => undefined)
    await new Promise((resolve) => open.servers.pop()?.close(resolve))
    const error = await failure(client().send({ url }))
    expect(ConnectionError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'network',
      sent: false,
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('does not send an aborted request', async () => {
    let requests = 0
    const { url } = await serve(() => void requests++)
    const reason = new Error('no')
    expect(await failure(client().send({ url, signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(requests).toBe(0)
  })

  it.each([
    ['while it waits for the head', false],
    ['while it waits for the body', true],
  ])('ends with the reason of an abort %s', async (_, head) => {
    const { url, sockets } = await serve((_, response) => void (head && response.write('x')))
    const controller = new AbortController()
    const reason = new Error('enough')
    const { signal } = controller
    const sending = client().send({ url, body: '{}', signal })
    const call = head ? sending.then((response) => response.text()) : sending
    const failed = failure(call)
    await until(() => sockets.size === 1)
    setTimeout(() => controller.abort(reason), 20)
    expect(await failed).toBe(reason)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await until(() => sockets.size === 0)
  })

  it.each([
    ['while it waits for the head', false],
    ['while it waits for the body', true],
  ])('times out at the deadline %s', async (_, head) => {
    const { url, sockets } = await serve((_, response) => void (head && response.write('x')))
    const { signal } = new AbortController()
    const call = client()
      .send({ url, body: '{}', signal, deadline: Date.now() + 50 })
      .then((response) => response.text())
    expect(await failure(call)).toMatchObject({ code: 'timeout', message: 'the deadline passed' })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await until(() => sockets.size === 0)
  })

  it('waits for a head and for a chunk only so long', async () => {
    const { url, sockets } = await serve(
      (request, response) => void (request.url === '/body' && response.write('x')),
    )
    const patient = client({ headersTimeoutMs: 40, idleTimeoutMs: 40 })
    const noHead = await failure(patient.send({ url }))
    expect(noHead).toMatchObject({ code: 'timeout', message: 'no answer within 40 ms' })
    const noBody = await failure((await patient.send({ url: `${url}body` })).text())
    expect(noBody).toMatchObject({ code: 'timeout', phase: 'body', message: 'no data within 40 ms' })
    // fetch may open a spare connection after one that failed.
    if (name === 'node') await until(() => sockets.size === 0)
  })

  it('does not take a slow reader for a slow server', async () => {
    const { url } = await serve((_, response) => {
      response.write('a')
      setTimeout(() => response.end('b'), 5)
    })
    const response = await client({ idleTimeoutMs: 40 }).send({ url })
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(await response.text()).toBe('ab')
  })

  it('says that a connection broke in the middle of the body', async () => {
    const { url } = await serve((_, response) => {
      response.write('a')
      setTimeout(() => response.destroy(), 10)
    })
    const error = await failure((await client().send({ url })).text())
    expect(error).toMatchObject({ code: 'network', phase: 'body', sent: true })
  })

  it('frees the connection of a body that is left', async () => {
    const { url, sockets } = await serve((_, response) => {
      const timer = setInterval(() => response.write('data: x\n\n'), 2)
      response.on('close', () => clearInterval(timer))
    })
    const { signal } = new AbortController()
    const own = client()
    for await (const _ of (await own.send({ url, signal })).events()) break
    for await (const _ of (await own.send({ url, signal })).chunks()) break
    const unread = await own.send({ url, signal })
    unread.destroy()
    unread.destroy()
    await until(() => sockets.size === 0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('lets the rest of a body come when it is drained, for a second', async () => {
    const { url, sockets } = await serve((request, response) => {
      response.write('data: last\n\n')
      if (request.url === '/ends') setTimeout(() => response.end(), 20)
    })
    const own = client()
    for (let round = 0; round < 2; round++) {
      const response = await own.send({ url: `${url}ends` })
      for await (const _ of response.events()) {
        response.drain()
        break
      }
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    expect(sockets.size).toBe(1)
    const endless = await own.send({ url })
    endless.drain()
    await until(() => sockets.size === 0)
  })

  it('holds back a server that is faster than its reader', async () => {
    const chunk = Buffer.alloc(64 * 1024)
    let sent = 0
    const { url } = await serve((_, response) => {
      const write = (): void => {
        while (sent < 2000 && response.write(chunk)) sent++
        if (sent < 2000) response.once('drain', write)
        else response.end()
      }
      write()
    })
    const response = await client().send({ url })
    const chunks = response.chunks()[Symbol.asyncIterator]()
    await chunks.next()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sent).toBeLessThan(500)
    await chunks.return?.()
  })
})
