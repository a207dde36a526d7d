import type { HttpClient, HttpClientOptions } from './http.ts'
import { createNodeTransport, type NodeTransport } from './node-transport.ts'

/** A client over `node:net` and `node:tls` with its own pool; nothing is loaded or opened before the first request. */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => {
  let transport: NodeTransport | undefined
  return {
    send: (request) => {
      transport ??= createNodeTransport(options)
      return transport.send(request)
    },
    close: () => transport?.close(),
  }
}
