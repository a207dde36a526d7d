import { ConnectionError } from './connection-error.ts'
import type { HttpClientOptions, HttpRequest, HttpResponse } from './http.ts'
import { createPool, type Route } from './node-agent.ts'
import { exchange } from './node-exchange.ts'
import type { PhaseTimeouts } from './phase-clock.ts'
import { findProxy } from './proxy.ts'

export interface NodeTransport {
  send(request: HttpRequest): Promise<HttpResponse>
  close(): void
}

interface Target extends Route {
  /** On the clock of `performance.now()`. */
  lastUsed: number
}

/** URLs whose routes are remembered. */
const maxTargets = 100
/** After so much idleness a kept connection may have been closed unseen (a frozen process, a sleeping laptop). */
const staleMs = 1000

const parseUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  const facts = { code: 'network', phase: 'connect', sent: false } as const
  throw new ConnectionError(`expected an http or https URL, received ${text}`, facts)
}

/** Two turns of the event loop: enough for a close that has already arrived to be seen by the pool. */
const seeClosedSockets = async (): Promise<void> => {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

const headersOf = (route: Route, { headers = {}, body }: HttpRequest): string[] => {
  const list = [...route.headers]
  // Some vendors' firewalls refuse requests without one; browsers send their own.
  if (!headers['user-agent']) list.push('User-Agent', 'ashlar')
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
    body: options.idleTimeoutMs ?? 300_000,
  }
  const targetFor = async (href: string): Promise<Target> => {
    const url = parseUrl(href)
    const route = await pool.routeTo(url, await findProxy(url, options.proxy))
    const target = { ...route, lastUsed: Number.NEGATIVE_INFINITY }
    if (targets.size >= maxTargets) targets.clear()
    targets.set(href, target)
    return target
  }
  const sendTo = (target: Target, request: HttpRequest): Promise<HttpResponse> => {
    request.signal?.throwIfAborted()
    const { agent, base, open, tunnelled = false } = target
    const method = request.method ?? (request.body === undefined ? 'GET' : 'POST')
    const headers = headersOf(target, request)
    return exchange({
      request,
      timeouts,
      keepAlive: pool.keepAlive,
      tunnelled,
      open: () => open({ ...base, agent, method, headers }),
    })
  }
  /** To where nothing was sent yet, or not for a while. */
  const sendAfresh = async (known: Target | undefined, request: HttpRequest): Promise<HttpResponse> => {
    request.signal?.throwIfAborted()
    const target = known ?? (await targetFor(request.url))
    if (performance.now() - target.lastUsed > staleMs) await seeClosedSockets()
    target.lastUsed = performance.now()
    return sendTo(target, request)
  }
  return {
    send: (request) => {
      const target = targets.get(request.url)
      const now = performance.now()
      if (!target || now - target.lastUsed > staleMs) return sendAfresh(target, request)
      target.lastUsed = now
      try {
        return sendTo(target, request)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    close: () => {
      targets.clear()
      pool.close()
    },
  }
}
