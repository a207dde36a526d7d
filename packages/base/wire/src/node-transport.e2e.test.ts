import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { cert, key } from './fixture-certificate.ts'

const open: { servers: Server[]; sockets: Set<Socket>; children: Set<ChildProcess> } = {
  servers: [],
  sockets: new Set(),
  children: new Set(),
}

afterEach(async () => {
  for (const child of open.children) child.kill('SIGKILL')
  open.children.clear()
  for (const socket of open.sockets) socket.destroy()
  for (const server of open.servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

const listen = async (isSecure: boolean, onSocket: (socket: Socket) => void): Promise<number> => {
  const server = isSecure ? createTlsServer({ key, cert }, onSocket) : createServer(onSocket)
  server.on('connection', (socket: Socket) => {
    open.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => open.sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  open.servers.push(server)
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** Answers after a while; never when it is asked for `/hangs`. */
const serve = (isSecure: boolean): Promise<number> =>
  listen(isSecure, (socket) => {
    socket.on('error', () => undefined)
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (text.startsWith('GET /hangs')) return
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 100)
    })
  })

const serveProxy = (isSecure: boolean, port: number): Promise<number> =>
  listen(isSecure, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      const upstream = connect(port, '127.0.0.1')
      open.sockets.add(upstream)
      upstream.on('error', () => undefined).on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
  })

/** A program that sends requests one after the other, and is done then: nothing ends it but that there is nothing left. */
const program = `
import { createHttpClient } from ${JSON.stringify(new URL('node-client.ts', import.meta.url).href)}
const { urls, options } = JSON.parse(process.argv[1])
const client = createHttpClient(options)
const ask = async () => {
  for (const url of urls) console.log(await (await client.send({ url })).text())
}
ask()
`

const run = (
  urls: readonly string[],
  proxy: string | false,
): { readonly child: ChildProcess; output: string } => {
  const options = { proxy, ca: cert, keepAliveMs: 3_600_000 }
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, JSON.stringify({ urls, options })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  open.children.add(child)
  const running = { child, output: '' }
  child.stdout?.on('data', (text: Buffer) => void (running.output += text.toString()))
  return running
}

describe.each<readonly [string, boolean, boolean | undefined]>([
  ['http', false, undefined],
  ['https', true, undefined],
  ['a tunnel through an http proxy', true, false],
  ['a tunnel through an https proxy', true, true],
])('a process with a connection for %s', (_, isSecure, isProxySecure) => {
  const site = async (): Promise<{ readonly url: string; readonly proxy: string | false }> => {
    const port = await serve(isSecure)
    const proxy =
      isProxySecure !== undefined &&
      `${isProxySecure ? 'https' : 'http'}://localhost:${await serveProxy(isProxySecure, port)}`
    return { url: `${isSecure ? 'https' : 'http'}://localhost:${port}`, proxy }
  }

  it('waits for its answers, and ends when it is idle', async () => {
    const { url, proxy } = await site()
    const running = run([`${url}/a`, `${url}/b`], proxy)
    expect(await once(running.child, 'close')).toEqual([0, null])
    expect(running.output).toBe('ok\nok\n')
  }, 20_000)

  it('does not end while it waits for one, over a kept connection', async () => {
    const { url, proxy } = await site()
    const running = run([`${url}/a`, `${url}/hangs`], proxy)
    for (const end = Date.now() + 10_000; running.output === '' && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(running.output).toBe('ok\n')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect([running.child.exitCode, running.child.signalCode]).toEqual([null, null])
    running.child.kill('SIGKILL')
    expect(await once(running.child, 'close')).toEqual([null, 'SIGKILL'])
  }, 20_000)
})
