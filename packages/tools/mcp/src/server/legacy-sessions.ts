import { randomUUID } from 'node:crypto'
import {
  type McpHandlerRequestOptions,
  type McpServerFactory,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { askInCall } from './ask-in-call.ts'
import { createEventStore } from './event-store.ts'

export interface LegacySessionsOptions {
  /** Sessions at once; the one unused for longest makes room. */
  readonly maxSessions: number
  /** A session unused for this long is ended. */
  readonly idleMs: number
}

/** Serves clients older than 2026-07-28, which keep a session. */
export interface LegacySessions {
  handle(request: Request, options?: McpHandlerRequestOptions): Promise<Response>
  /** Tells every session that something is another now. */
  notify(notification: LegacyNotification): void
  close(): Promise<void>
}

/** What the sessions are told. */
export interface LegacyNotification {
  readonly method:
    | 'notifications/tools/list_changed'
    | 'notifications/prompts/list_changed'
    | 'notifications/resources/list_changed'
    | 'notifications/resources/updated'
  readonly params?: { readonly uri: string }
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport
  usedAt: number
}

const noSession = (status: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', error: { code: -32_001, message }, id: null }, { status })

/** Answers a first request; a session comes of it when it initializes one. */
const openSession = async (
  factory: McpServerFactory,
  { request, options }: { readonly request: Request; readonly options: McpHandlerRequestOptions },
  {
    use,
    end,
  }: {
    readonly use: (id: string, transport: WebStandardStreamableHTTPServerTransport) => void
    readonly end: (id: string) => void
  },
): Promise<Response> => {
  const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    eventStore: createEventStore(),
    retryInterval: 1_000,
    onsessioninitialized: (id) => use(id, transport),
    onsessionclosed: end,
  })
  const authInfo = options.authInfo && { authInfo: options.authInfo }
  const server = await factory({ era: 'legacy', requestInfo: request, ...authInfo })
  await server.connect(transport)
  askInCall(transport)
  const response = await transport.handleRequest(request, options)
  // Refused, or no initialize: nobody knows it.
  if (transport.sessionId === undefined) await transport.close()
  return response
}

export const createLegacySessions = (
  factory: McpServerFactory,
  { maxSessions, idleMs }: LegacySessionsOptions,
): LegacySessions => {
  const sessions = new Map<string, Session>()
  const end = (id: string): void => {
    const session = sessions.get(id)
    sessions.delete(id)
    void session?.transport.close().catch(() => {})
  }
  const endIdle = (): void => {
    for (const [id, { usedAt }] of sessions) if (Date.now() - usedAt > idleMs) end(id)
  }
  const timer = setInterval(endIdle, Math.min(idleMs, 60_000)).unref()

  /** The session used last stands last. */
  const use = (id: string, session: Session): WebStandardStreamableHTTPServerTransport => {
    sessions.delete(id)
    sessions.set(id, Object.assign(session, { usedAt: Date.now() }))
    const [oldest] = sessions.keys()
    if (sessions.size > maxSessions && oldest !== undefined) end(oldest)
    return session.transport
  }
  const begin = (request: Request, options: McpHandlerRequestOptions): Promise<Response> =>
    openSession(
      factory,
      { request, options },
      { use: (id, transport) => use(id, { transport, usedAt: 0 }), end },
    )
  return {
    handle: async (request, options = {}) => {
      const id = request.headers.get('mcp-session-id')
      if (id === null) {
        if (request.method === 'POST') return begin(request, options)
        return noSession(400, 'Mcp-Session-Id header is required')
      }
      const session = sessions.get(id)
      if (!session) return noSession(404, 'Session not found')
      return use(id, session).handleRequest(request, options)
    },
    notify: (notification) => {
      for (const { transport } of sessions.values())
        void transport.send({ jsonrpc: '2.0', ...notification }).catch(() => {})
    },
    close: async () => {
      clearInterval(timer)
      for (const id of sessions.keys()) end(id)
    },
  }
}
