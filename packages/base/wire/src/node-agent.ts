import type { Agent, AgentOptions, ClientRequest, RequestOptions } from 'node:http'
import type { HttpClientOptions } from './http.ts'
import { createKeepAlive, type KeepAlive } from './keep-alive.ts'

/** How to reach an origin. */
export interface Route {
  readonly agent: Agent
  readonly open: (options: RequestOptions) => ClientRequest
  /** What is asked: the origin's path, or the whole URL where a proxy is asked for it. */
  readonly base: RequestOptions
  /** Headers of the connection: name, value, name, value. */
  readonly headers: readonly string[]
  /** The connection is made through a proxy, and appears only when all of it stands. */
  readonly tunnelled?: true
}

export interface Pool {
  readonly keepAlive: KeepAlive
  routeTo(url: URL, proxy: URL | undefined): Promise<Route>
  close(): void
}

const trusted = (ca: string): string[] => {
  const tls = process.getBuiltinModule('node:tls')
  // Node 22.13 does not have getCACertificates.
  return [...(tls.getCACertificates?.('default') ?? tls.rootCertificates), ca]
}

const credentials = ({ username, password }: URL): string[] => {
  if (username === '') return []
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return ['Proxy-Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]
}

const toBase = (url: URL, path: string): RequestOptions => ({
  protocol: url.protocol,
  hostname: url.hostname.replace(/^\[|\]$/g, ''),
  port: url.port,
  path,
})

const createTunnelAgent = async (proxy: URL, options: AgentOptions): Promise<Agent> => {
  const { HttpsProxyAgent } = await import('https-proxy-agent')
  const agent = new HttpsProxyAgent(proxy, { ...options, noDelay: true })
  // It takes them for the connection to the proxy alone.
  Object.assign(agent.options, options)
  return agent
}

/** Agents by scheme and proxy; no global agent is used or changed. */
export const createPool = (options: HttpClientOptions): Pool => {
  const { maxSockets = 1024, keepAliveMs = 4000, ca } = options
  const shared: AgentOptions = {
    keepAlive: true,
    maxSockets,
    maxFreeSockets: maxSockets,
  }
  const keepAlive = createKeepAlive(keepAliveMs)
  const agents = new Map<string, Agent>()

  const agentFor = async (secure: boolean, tunnel: URL | undefined): Promise<Agent> => {
    const key = `${secure}${tunnel?.href ?? ''}`
    const known = agents.get(key)
    if (known) return known
    const own = { ...shared, ...(secure && ca !== undefined && { ca: trusted(ca) }) }
    const made = tunnel
      ? await createTunnelAgent(tunnel, own)
      : new (process.getBuiltinModule(secure ? 'node:https' : 'node:http').Agent)(own)
    keepAlive.rule(made)
    agents.set(key, made)
    return made
  }
  return {
    keepAlive,
    routeTo: async (url, proxy) => {
      const secure = url.protocol === 'https:'
      // A proxy makes a tunnel for https, and is asked for the whole URL otherwise.
      const asked = secure ? undefined : proxy
      const agent = await agentFor(asked ? asked.protocol === 'https:' : secure, secure ? proxy : undefined)
      const { protocol } = asked ?? url
      return {
        agent,
        open: process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http').request,
        base: asked ? toBase(asked, url.href) : toBase(url, url.pathname + url.search),
        headers: ['Host', url.host, 'Accept-Encoding', 'identity', ...(asked ? credentials(asked) : [])],
        ...(secure && proxy && { tunnelled: true }),
      }
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}
