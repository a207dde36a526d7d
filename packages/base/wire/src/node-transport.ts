import { ConnectionError } from './connection-error.ts'
import { createDial, type Dial, proxyCredentials } from './dial.ts'
import type { HttpClientOptions, HttpRequest, HttpResponse } from './http.ts'
import { exchange } from './node-exchange.ts'
import { Origin } from './origin.ts'
import type { PhaseTimeouts } from './phase-clock.ts'
import { findProxy } from './proxy.ts'
import { createHead, type RequestTarget } from './request-head.ts'

export interface NodeTransport {
  send(request: HttpRequest): Promise<HttpResponse>
  close(): void
}

interface Target extends RequestTarget {
  readonly origin: Origin
  /** On the clock of `performance.now()`. */
  lastUsed: number
}

/** URLs whose targets are remembered. */
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

/** Where requests go: a pool of kept connections per origin and proxy. */
class Targets {
  readonly #options: HttpClientOptions
  readonly #dial: Dial
  readonly #origins = new Map<string, Origin>()
  readonly #made = new Map<string, Target>()

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#dial = createDial(options.ca)
  }

  find(href: string): Target | undefined {
    return this.#made.get(href)
  }

  async make(href: string): Promise<Target> {
    const url = parseUrl(href)
    const proxy = await findProxy(url, this.#options.proxy)
    // A proxy makes a tunnel for https, and is asked for the whole URL otherwise.
    const asked = url.protocol === 'https:' ? undefined : proxy
    const target: Target = {
      origin: asked ? this.#originFor(asked, undefined) : this.#originFor(url, proxy),
      host: url.host,
      path: `${asked ? url.origin : ''}${url.pathname}${url.search}`,
      proxyAuthorization: asked && proxyCredentials(asked),
      lastUsed: Number.NEGATIVE_INFINITY,
    }
    if (this.#made.size >= maxTargets) this.#made.clear()
    this.#made.set(href, target)
    return target
  }

  close(): void {
    this.#made.clear()
    for (const origin of this.#origins.values()) origin.close()
    this.#origins.clear()
  }

  #originFor(url: URL, tunnel: URL | undefined): Origin {
    const key = `${url.origin} ${tunnel?.href ?? ''}`
    const known = this.#origins.get(key)
    if (known) return known
    const { maxSockets = 1024, keepAliveMs = 4000 } = this.#options
    const made = new Origin({ endpoint: { url, tunnel }, dial: this.#dial, maxSockets, keepAliveMs })
    this.#origins.set(key, made)
    return made
  }
}

/** Requests over connections of its own. */
export const createNodeTransport = (options: HttpClientOptions): NodeTransport => {
  const targets = new Targets(options)
  const timeouts: PhaseTimeouts = {
    connect: options.connectTimeoutMs ?? 10_000,
    headers: options.headersTimeoutMs ?? 600_000,
    body: options.idleTimeoutMs ?? 300_000,
  }
  const sendTo = (target: Target, request: HttpRequest): Promise<HttpResponse> => {
    request.signal?.throwIfAborted()
    const { signal, deadline, body, method = body === undefined ? 'GET' : 'POST' } = request
    const head = createHead(target, { ...request, method })
    return exchange({ origin: target.origin, signal, deadline, method, head, body, timeouts })
  }
  /** To where nothing was sent yet, or not for a while. */
  const sendAfresh = async (known: Target | undefined, request: HttpRequest): Promise<HttpResponse> => {
    request.signal?.throwIfAborted()
    const target = known ?? (await targets.make(request.url))
    if (performance.now() - target.lastUsed > staleMs) await seeClosedSockets()
    target.lastUsed = performance.now()
    return sendTo(target, request)
  }
  return {
    send: (request) => {
      const target = targets.find(request.url)
      const now = performance.now()
      if (!target || now - target.lastUsed > staleMs) return sendAfresh(target, request)
      target.lastUsed = now
      try {
        return sendTo(target, request)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    close: () => targets.close(),
  }
}
