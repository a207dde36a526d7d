import type { NetConnectOpts, OnReadOpts, Socket } from 'node:net'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import type { AnswerHead } from './answer-head.ts'
import { AnswerReader } from './answer-reader.ts'

/** What a connection leads to. */
export interface Endpoint {
  /** Only its scheme, host and port count. */
  readonly url: URL
  /** The proxy that is asked for a tunnel to it. */
  readonly tunnel?: URL | undefined
}

/** Whom a connection is told. */
export interface DialListener {
  /** A socket on the way, as soon as there is one: its errors and its end show there, and it may be destroyed. */
  onSocket(socket: Socket): void
  /** What comes from the endpoint; the bytes are others as soon as this returns. */
  onData(bytes: Buffer): void
}

/**
 * Opens a connection, and resolves when all of it stands.
 * @throws Error when a proxy refuses the tunnel
 */
export type Dial = (endpoint: Endpoint, listener: DialListener) => Promise<Socket>

/** The system asks a silent server so often whether it is still there: models think for minutes. */
const probeMs = 60_000

/** Bytes that are read at once: a record of TLS has no more. */
const readBytes = 16 * 1024
/** Hosts whose TLS sessions are remembered, as many as by Node's agents. */
const maxSessions = 100

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

/** What is not percent-encoded is taken as it is written, as by curl. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The value of a `Proxy-Authorization` header. */
export const proxyCredentials = ({ username, password }: URL): string | undefined => {
  if (username === '') return undefined
  const pair = `${decode(username)}:${decode(password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** Never rejects: what fails shows on the socket. */
const untilStanding = (socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> =>
  new Promise((resolve) => socket.once(event, () => resolve(socket)))

const openTunnel = (socket: Socket, url: URL, proxy: URL): Promise<void> =>
  new Promise((resolve, reject) => {
    const onHead = ({ status }: AnswerHead): void => {
      if (status >= 300) reject(new Error(`the proxy refused the tunnel with ${status}`))
    }
    const reader = new AnswerReader({ onHead, onBody: () => undefined })
    const onData = (bytes: Buffer): void => {
      try {
        // Nobody has been spoken to at its other end.
        if (!reader.push(bytes) && !reader.busy) reject(new Error('the proxy sent something into the tunnel'))
      } catch (error) {
        reject(error)
      }
      if (reader.busy) return
      socket.off('data', onData)
      resolve()
    }
    reader.expect('CONNECT')
    socket.on('data', onData)
    const credentials = proxyCredentials(proxy)
    const authorization = credentials ? `Proxy-Authorization: ${credentials}\r\n` : ''
    const to = `${url.hostname}:${portOf(url)}`
    socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${authorization}\r\n`, 'latin1')
  })

/** One buffer for all that a connection reads: a buffer a read is a tenth of the CPU of a stream. */
const readInto = ({ onData }: DialListener): OnReadOpts => {
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  return {
    buffer,
    callback: (length) => {
      onData(buffer.subarray(0, length))
      return true
    },
  }
}

const trust = (ca: string | undefined): SecureContext => {
  const tls = process.getBuiltinModule('node:tls')
  if (ca === undefined) return tls.createSecureContext()
  // Node 22.13 does not have getCACertificates.
  return tls.createSecureContext({
    ca: [...(tls.getCACertificates?.('default') ?? tls.rootCertificates), ca],
  })
}

/** Opens connections that trust a certificate beside the built-in ones; proxies are held to the same. */
export const createDial = (ca: string | undefined): Dial => {
  let context: SecureContext | undefined
  const sessions = new Map<string, Buffer>()
  const secure = (url: URL, over: ConnectionOptions): Socket => {
    const { isIP } = process.getBuiltinModule('node:net')
    const host = hostOf(url)
    const session = sessions.get(url.host)
    const socket = process.getBuiltinModule('node:tls').connect({
      ...over,
      secureContext: (context ??= trust(ca)),
      // Whatever the environment says.
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      host,
      ...(isIP(host) === 0 && { servername: host }),
      ...(session && { session }),
    })
    socket.on('session', (made) => {
      if (sessions.size >= maxSessions) sessions.clear()
      sessions.set(url.host, made)
    })
    socket.on('error', () => sessions.delete(url.host))
    return socket
  }
  const connect = (url: URL, { onSocket }: DialListener, onread?: OnReadOpts): Promise<Socket> => {
    const options: NetConnectOpts = {
      host: hostOf(url),
      port: portOf(url),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: probeMs,
      ...(onread && { onread }),
    }
    const isSecure = url.protocol === 'https:'
    const socket = isSecure ? secure(url, options) : process.getBuiltinModule('node:net').connect(options)
    onSocket(socket)
    return untilStanding(socket, isSecure ? 'secureConnect' : 'connect')
  }
  return async ({ url, tunnel }, listener) => {
    if (!tunnel) return connect(url, listener, readInto(listener))
    const outer = await connect(tunnel, listener)
    await openTunnel(outer, url, tunnel)
    // Whoever has it may have destroyed it since.
    if (outer.destroyed) throw new Error('the tunnel was closed')
    const inner = secure(url, { socket: outer })
    inner.on('data', (bytes: Buffer) => listener.onData(bytes))
    listener.onSocket(inner)
    return untilStanding(inner, 'secureConnect')
  }
}
