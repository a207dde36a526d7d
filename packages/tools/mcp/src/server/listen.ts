import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { InvalidArgument } from '@ashlar/core'
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpHttpHandler,
  originValidationResponse,
} from '@modelcontextprotocol/server'
import type { Listening, ListenOptions } from './mcp-server.ts'

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const isAuthorised = (request: Request, token: string): boolean =>
  timingSafeEqual(digest(request.headers.get('authorization') ?? ''), digest(`Bearer ${token}`))

/** What must not reach the server at all; undefined when the request may. */
const refusal = (request: Request, options: ListenOptions): Response | undefined => {
  const { path = '/mcp', token } = options
  if (new URL(request.url).pathname !== path) return new Response(null, { status: 404 })
  const { allowedHosts = localhostAllowedHostnames(), allowedOrigins = localhostAllowedOrigins() } = options
  const refused =
    hostHeaderValidationResponse(request, [...allowedHosts]) ??
    originValidationResponse(request, [...allowedOrigins])
  if (refused) return refused
  if (token === undefined || isAuthorised(request, token)) return undefined
  return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer' } })
}

/** Serves a handler over HTTP. @throws InvalidArgument for a host beyond loopback without `allowedHosts` */
export const listen = async (handler: McpHttpHandler, options: ListenOptions = {}): Promise<Listening> => {
  const { port = 0, host = '127.0.0.1', path = '/mcp', onError } = options
  if (!loopback.has(host) && !options.allowedHosts)
    throw new InvalidArgument('host', 'an address of loopback, or allowedHosts beside it', host)
  const guarded: McpHttpHandler = {
    ...handler,
    fetch: async (request, given) => refusal(request, options) ?? handler.fetch(request, given),
  }
  const handle = toNodeHandler(guarded, onError && { onerror: onError })
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request
    void handle(Object.assign(request, { method, url }), response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const boundPort = typeof address === 'object' && address ? address.port : port
  const close = async (): Promise<void> => {
    await handler.close()
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const shownHost = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${shownHost}:${boundPort}${path}`,
    notify: handler.notify,
    close,
    [Symbol.asyncDispose]: close,
  }
}
