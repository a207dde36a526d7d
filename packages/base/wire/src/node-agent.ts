import type { Agent, AgentOptions, ClientRequest, RequestOptions } from 'node:http'
import type { HttpClientOptions } from './http.ts'

/** How to reach an origin. */
export interface Route {
  readonly agent: Agent
  readonly open: (options: RequestOptions) => ClientRequest
  /** A proxy that is asked for the whole URL, as plain HTTP is proxied. */
  readonly via?: URL
}

export interface Pool {
  agentFor(url: URL, proxy: string | undefined): Promise<Route>
  close(): void
}

const trusted = (ca: string): string[] => {
  const tls = process.getBuiltinModule('node:tls')
  // Node 22.13 does not have getCACertificates.
  return [...(tls.getCACertificates?.('default') ?? tls.rootCertificates), ca]
}

/** Agents by scheme and proxy; no global agent is used or changed. */
export const createPool = (options: HttpClientOptions): Pool => {
  const { maxSockets = 256, keepAliveMs = 4000, ca } = options
  const shared: AgentOptions = {
    keepAlive: true,
    maxSockets,
    maxFreeSockets: maxSockets,
    // The agent ends a socket at this only while it is idle; a request in flight has clocks of its own.
    timeout: keepAliveMs,
  }
  const routes = new Map<string, Route>()

  const direct = (secure: boolean): Route => {
    const { Agent, request } = process.getBuiltinModule(secure ? 'node:https' : 'node:http')
    const agent = new Agent({ ...shared, ...(secure && ca !== undefined && { ca: trusted(ca) }) })
    return { agent, open: request }
  }
  const tunnel = async (proxy: string): Promise<Route> => {
    const { HttpsProxyAgent } = await import('https-proxy-agent')
    const agent = new HttpsProxyAgent(proxy, shared)
    return { agent, open: process.getBuiltinModule('node:https').request }
  }
  const make = async (secure: boolean, proxy: string | undefined): Promise<Route> => {
    if (proxy === undefined) return direct(secure)
    if (secure) return tunnel(proxy)
    const via = new URL(proxy)
    return { ...direct(via.protocol === 'https:'), via }
  }
  return {
    agentFor: async (url, proxy) => {
      const secure = url.protocol === 'https:'
      const key = `${url.protocol}${proxy ?? ''}`
      const known = routes.get(key)
      if (known) return known
      const route = await make(secure, proxy)
      routes.set(key, route)
      return route
    },
    close: () => {
      for (const { agent } of routes.values()) agent.destroy()
      routes.clear()
    },
  }
}
