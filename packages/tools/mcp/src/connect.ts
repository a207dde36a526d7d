import {
  Client,
  type FetchLike,
  SdkHttpError,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client'
import { guardedFetch } from './guarded-fetch.ts'
import { childEnvironment } from './child-environment.ts'
import { type Elicit, elicitationHandler } from './elicit.ts'
import type { McpAuthProvider } from './mcp-client.ts'
import type { McpEvent } from './mcp-event.ts'
import { McpError } from './mcp-error.ts'
import { unchecked } from './unchecked.ts'
import type { Secrets } from './secrets.ts'
import type { HttpDefinition, ServerDefinition, StdioDefinition } from './server-definition.ts'
import { stderrLog } from './stderr-log.ts'
import { StdioTransport } from './stdio-transport.ts'
import { toMcpError } from './to-mcp-error.ts'

export interface ConnectOptions {
  readonly server: string
  readonly definition: ServerDefinition
  readonly secrets: Secrets
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly connectTimeoutMs: number
  readonly maxMessageBytes: number
  readonly graceMs: number
  readonly emit: (event: McpEvent) => void
  readonly elicit: Elicit | undefined
  readonly authProvider: McpAuthProvider | undefined
  readonly fetch: FetchLike | undefined
  /** The server is known to be older than 2026-07-28. */
  readonly isLegacy: boolean
  /** The environment a child's is taken from. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told of every transport that is tried. */
  readonly onTransport: (transport: Transport) => void
}

/** A server that answers. */
export interface Connection {
  readonly client: Client
  readonly transport: Transport
  readonly isLegacy: boolean
  /** Why it ended; undefined while it has not. */
  failure(): McpError | undefined
  close(): Promise<void>
}

/** A server that says nothing to the first question of the new protocol gets that of the old one. */
const probeTimeoutMs = 10_000

const stdioTransport = (
  definition: StdioDefinition,
  options: ConnectOptions,
  onStderr: (text: string) => void,
) =>
  new StdioTransport({
    server: options.server,
    command: definition.command,
    args: definition.args,
    cwd: definition.cwd,
    env: childEnvironment(options.env, definition.env),
    maxMessageBytes: options.maxMessageBytes,
    graceMs: options.graceMs,
    onStderr,
  })

const httpOptions = (
  { headers }: HttpDefinition,
  { authProvider, fetch, maxMessageBytes }: ConnectOptions,
) => ({
  fetch: guardedFetch(maxMessageBytes, fetch),
  ...(headers && { requestInit: { headers: { ...headers } } }),
  ...(authProvider && { authProvider }),
})

const createClient = (options: ConnectOptions): Client => {
  const { server, emit, secrets, elicit } = options
  const client = new Client(options.clientInfo, {
    capabilities: { elicitation: { form: { applyDefaults: true }, url: {} } },
    versionNegotiation: {
      mode: 'auto',
      probe: { timeoutMs: Math.min(probeTimeoutMs, options.connectTimeoutMs) },
    },
    jsonSchemaValidator: unchecked,
    listChanged: {
      tools: {
        autoRefresh: false,
        debounceMs: 0,
        onChanged: () => emit({ type: 'list-change', server, list: 'tools' }),
      },
      prompts: {
        autoRefresh: false,
        debounceMs: 0,
        onChanged: () => emit({ type: 'list-change', server, list: 'prompts' }),
      },
      resources: {
        autoRefresh: false,
        debounceMs: 0,
        onChanged: () => emit({ type: 'list-change', server, list: 'resources' }),
      },
    },
  })
  client.setRequestHandler('elicitation/create', elicitationHandler(server, elicit))
  client.setNotificationHandler('notifications/message', ({ params }) => {
    const data = typeof params.data === 'string' ? params.data : JSON.stringify(params.data)
    emit({
      type: 'server-log',
      server,
      source: 'log',
      text: secrets.hide(`${params.level}: ${data}`).slice(0, 2000),
    })
  })
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    emit({ type: 'resource-change', server, uri: secrets.hide(params.uri) })
  })
  return client
}

const endedBy = (transport: Transport): string =>
  (transport instanceof StdioTransport && transport.failure?.message) || 'the connection ended'

const open = async (
  transport: Transport,
  options: ConnectOptions,
  isLegacy: boolean,
): Promise<Connection> => {
  const { server, secrets, emit, connectTimeoutMs: timeout } = options
  options.onTransport(transport)
  const client = createClient(options)
  let failure: McpError | undefined
  const ended = (): McpError | undefined =>
    failure && ((transport instanceof StdioTransport && transport.failure) || failure)
  let isConnected = false
  Object.assign(client, {
    onclose: () => {
      if (!failure && isConnected) emit({ type: 'server-close', server, reason: endedBy(transport) })
      failure ??= new McpError({ code: 'closed', server, message: `${server}: the connection was closed` })
    },
    onerror: ({ message }: Error) => {
      const text = secrets.hide(message).slice(0, 500)
      if (!failure) emit({ type: 'server-log', server, source: 'problem', text })
    },
  })
  const signal = AbortSignal.timeout(timeout)
  const expired = Promise.withResolvers<never>()
  const expire = (): void => {
    const message = `${server}: no connection within ${timeout} ms`
    expired.reject(new McpError({ code: 'timeout', server, message }))
  }
  signal.addEventListener('abort', expire, { once: true })
  try {
    const prior = isLegacy ? { prior: { kind: 'legacy' as const } } : {}
    await Promise.race([client.connect(transport, { timeout, signal, ...prior }), expired.promise])
  } catch (error) {
    await transport.close().catch(() => {})
    throw error
  } finally {
    signal.removeEventListener('abort', expire)
  }
  isConnected = true
  return {
    client,
    transport,
    isLegacy: client.getProtocolEra() === 'legacy',
    failure: ended,
    close: () => client.close(),
  }
}

const openStdio = async (definition: StdioDefinition, options: ConnectOptions): Promise<Connection> => {
  const log = stderrLog(options)
  const start = async (isLegacy: boolean): Promise<Connection> => {
    const transport = stdioTransport(definition, options, log.write)
    try {
      return await open(transport, options, isLegacy)
    } catch (error) {
      throw transport.failure?.code === 'closed'
        ? log.explain(transport.failure)
        : (transport.failure ?? error)
    }
  }
  if (options.isLegacy) return start(true)
  try {
    return await start(false)
  } catch (error) {
    // Some old servers do not survive the first question of the new protocol.
    if (McpError.isInstance(error) && error.code === 'closed') return start(true)
    throw error
  }
}

const openHttp = async (definition: HttpDefinition, options: ConnectOptions): Promise<Connection> => {
  const url = new URL(definition.url)
  const settings = httpOptions(definition, options)
  const sse = (): Promise<Connection> => open(new SSEClientTransport(url, settings), options, true)
  if (definition.type === 'sse') return sse()
  const transport = new StreamableHTTPClientTransport(url, settings)
  try {
    return await open(transport, options, options.isLegacy)
  } catch (error) {
    const isOld = error instanceof SdkHttpError && [400, 404, 405].includes(error.status)
    if (!isOld) throw error
    return sse().catch(() => {
      throw error
    })
  }
}

/** Connects once, in the newest protocol version that both sides speak. @throws McpError */
export const connect = async (options: ConnectOptions): Promise<Connection> => {
  const { definition, server, secrets } = options
  try {
    return definition.type === 'stdio'
      ? await openStdio(definition, options)
      : await openHttp(definition, options)
  } catch (error) {
    throw toMcpError(error, { server, secrets })
  }
}
