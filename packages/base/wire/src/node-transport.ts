import type { Agent, ClientRequest, RequestOptions } from 'node:http'
import { ConnectionError } from './connection-error.ts'
import type { HttpClientOptions, HttpRequest, HttpResponse } from './http.ts'
import { createPool, type Pool } from './node-agent.ts'
import { exchange, type PhaseTimeouts } from './node-exchange.ts'
import { findProxy } from './proxy.ts'

export interface NodeTransport {
  send(request: HttpRequest): Promise<HttpResponse>
  close(): void
}

/** Everything about a URL that does not change from request to request. */
interface Target {
  readonly open: (options: RequestOptions) => ClientRequest
  readonly agent: Agent
  readonly base: RequestOptions
  /** Headers of the connection: name, value, name, value. */
  readonly headers: readonly string[]
  lastUsed: number
}

const maxTargets = 100
/** After so much idleness a kept connection may have been closed unseen (a frozen process, a sleeping laptop). */
const staleMs = 1000

const toTarget = (url: URL, proxy: string | undefined, pool: Pool): Promise<Target> =>
  pool.agentFor(url, proxy).then(({ agent, open, via }) => ({
    agent,
    open,
    base: via
      ? { protocol: via.protocol, hostname: via.hostname, port: via.port, path: url.href }
      : {
          protocol: url.protocol,
          hostname: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port,
          path: `${url.pathname}${url.search}`,
        },
    headers: [
      'Host',
      url.host,
      'Accept-Encoding',
      'identity',
      ...(via?.username
        ? [
            'Proxy-Authorization',
            `Basic ${btoa(`${decodeURIComponent(via.username)}:${decodeURIComponent(via.password)}`)}`,
          ]
        : []),
    ],
    lastUsed: 0,
  }))

const parseUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new ConnectionError(`expected an http or https URL, received ${text}`, {
    code: 'network',
    phase: 'connect',
    sent: false,
  })
}

/** Two turns of the event loop: enough for a close that has already arrived to be seen by the pool. */
const seeClosedSockets = async (): Promise<void> => {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

const headersOf = (target: Target, { headers, body }: HttpRequest): string[] => {
  const list = [...target.headers]
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) list.push(name, value)
  }
  if (body !== undefined) list.push('Content-Length', String(Buffer.byteLength(body)))
  return list
}

/** Requests over `node:http(s)`: one pool of kept connections per origin and proxy. */
export const createNodeTransport = (options: HttpClientOptions): NodeTransport => {
  const pool = createPool(options)
  const targets = new Map<string, Target>()
  const timeouts: PhaseTimeouts = {
    connect: options.connectTimeoutMs ?? 10_000,
    headers: options.headersTimeoutMs ?? 600_000,
    idle: options.idleTimeoutMs ?? 300_000,
  }
  const targetFor = async (href: string): Promise<Target> => {
    const url = parseUrl(href)
    const target = await toTarget(url, await findProxy(url, options.proxy), pool)
    if (targets.size >= maxTargets) targets.clear()
    targets.set(href, target)
    return target
  }
  return {
    send: async (request) => {
      request.signal?.throwIfAborted()
      const target = targets.get(request.url) ?? (await targetFor(request.url))
      const now = performance.now()
      if (now - target.lastUsed > staleMs && target.lastUsed > 0) await seeClosedSockets()
      target.lastUsed = now
      request.signal?.throwIfAborted()
      const method = request.method ?? (request.body === undefined ? 'GET' : 'POST')
      const requestOptions = {
        ...target.base,
        agent: target.agent,
        method,
        headers: headersOf(target, request),
      }
      return exchange({ request, timeouts, open: () => target.open(requestOptions) })
    },
    close: () => {
      targets.clear()
      pool.close()
    },
  }
}
