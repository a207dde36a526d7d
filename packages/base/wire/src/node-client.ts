import { InvalidArgument } from '@ashlar/core'
import type { HttpClient, HttpClientOptions } from './http.ts'
import { createNodeTransport, type NodeTransport } from './node-transport.ts'

const times = ['keepAliveMs', 'connectTimeoutMs', 'headersTimeoutMs', 'idleTimeoutMs'] as const

const checkOptions = (options: HttpClientOptions): void => {
  const { maxSockets = 1 } = options
  if (!(maxSockets >= 1)) throw new InvalidArgument('maxSockets', 'a number of at least 1', maxSockets)
  for (const name of times) {
    const { [name]: ms = 0 } = options
    if (!(ms >= 0)) throw new InvalidArgument(name, 'a number of milliseconds', ms)
  }
}

/**
 * A client over `node:net` and `node:tls` with its own pool; nothing is loaded or opened before the first request.
 * @throws InvalidArgument for a number that is none, or leaves no room for a connection
 */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => {
  checkOptions(options)
  let transport: NodeTransport | undefined
  return {
    send: (request) => {
      transport ??= createNodeTransport(options)
      return transport.send(request)
    },
    close: () => transport?.close(),
  }
}
