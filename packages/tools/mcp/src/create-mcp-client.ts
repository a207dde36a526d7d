import { InvalidArgument } from '@ashlar/core'
import type * as Sdk from '@modelcontextprotocol/client'
import type { Connection } from './connect.ts'
import type { DefinitionSource, McpClient, McpClientOptions, McpServerInfo } from './mcp-client.ts'
import type { McpEvent } from './mcp-event.ts'
import { McpError } from './mcp-error.ts'
import { packageVersion } from './package-version.ts'
import { readingMethods } from './reading-methods.ts'
import { runCall } from './run-call.ts'
import { createSecrets, type Secrets } from './secrets.ts'
import type { ServerDefinition } from './server-definition.ts'
import { sharedConnection } from './shared-connection.ts'
import { toolMethods } from './tool-methods.ts'

const addSecrets = (definition: ServerDefinition, secrets: Secrets): void => {
  const named = definition.type === 'stdio' ? definition.env : definition.headers
  for (const [name, value] of Object.entries(named ?? {})) secrets.add(value, name)
  if (definition.type === 'stdio') return
  const { username, password, searchParams } = new URL(definition.url)
  for (const value of [username, password]) secrets.add(decodeURIComponent(value))
  for (const [name, value] of searchParams) secrets.add(value, name)
}

const positive = (name: string, value: number): number => {
  if (value > 0) return value
  throw new InvalidArgument(name, 'a number above 0', value)
}

const infoOf = (client: Sdk.Client): McpServerInfo => ({
  name: client.getServerVersion()?.name,
  version: client.getServerVersion()?.version,
  protocolVersion: client.getNegotiatedProtocolVersion() ?? 'unknown',
  instructions: client.getInstructions(),
  capabilities: client.getServerCapabilities() ?? {},
})

/** The definition is made once; when that fails, again at the next need. */
const definedOnce = (source: DefinitionSource, secrets: Secrets): (() => Promise<ServerDefinition>) => {
  let definition: Promise<ServerDefinition> | undefined
  const define = async (): Promise<ServerDefinition> => {
    const found = typeof source === 'function' ? await source(secrets) : source
    addSecrets(found, secrets)
    return found
  }
  return async () => {
    definition ??= define()
    try {
      return await definition
    } catch (error) {
      definition = undefined
      throw error
    }
  }
}

/** How every connection of a client is opened. */
const opener = (
  options: McpClientOptions,
  {
    server,
    secrets,
    define,
    emit,
  }: {
    readonly server: string
    readonly secrets: Secrets
    readonly define: () => Promise<ServerDefinition>
    readonly emit: (event: McpEvent) => void
  },
) => {
  const { clientInfo = { name: 'ashlar', version: packageVersion() }, env = process.env } = options
  const connectTimeoutMs = positive('connectTimeoutMs', options.connectTimeoutMs ?? 30_000)
  const maxMessageBytes = positive('maxMessageBytes', options.maxMessageBytes ?? 64 * 1024 * 1024)
  const { onElicit: elicit, authProvider, fetch, graceMs = 2_000 } = options
  let transport: Sdk.Transport | undefined
  return {
    open: async (isLegacy: boolean): Promise<Connection> => {
      const definition = await define()
      const { connect } = await import('./connect.ts')
      const limits = { connectTimeoutMs, maxMessageBytes, graceMs }
      const access = { authProvider, fetch, env, onTransport: (used: Sdk.Transport) => (transport = used) }
      return connect({
        server,
        definition,
        secrets,
        clientInfo,
        emit,
        elicit,
        isLegacy,
        ...limits,
        ...access,
      })
    },
    finishAuth: async (parameters: URLSearchParams): Promise<void> => {
      if (!transport || !('finishAuth' in transport) || typeof transport.finishAuth !== 'function')
        throw new McpError({ code: 'auth', server, message: `${server}: no authorisation was begun` })
      await transport.finishAuth(parameters)
    },
  }
}

/**
 * A client for one server. Nothing is started or connected before it is needed.
 * @throws InvalidArgument when a limit is not above 0
 */
export const createMcpClient = (source: DefinitionSource, options: McpClientOptions = {}): McpClient => {
  const { name: server = 'mcp' } = options
  const timeoutMs = positive('timeoutMs', options.timeoutMs ?? 60_000)
  const secrets = createSecrets()
  const define = definedOnce(source, secrets)
  const emit = (event: McpEvent): void => {
    if (event.type === 'list-change' && event.list === 'tools') tools.forget()
    try {
      options.onEvent?.(event)
    } catch {
      // A listener is no reason to lose a connection.
    }
  }
  const { open, finishAuth } = opener(options, { server, secrets, define, emit })
  const shared = sharedConnection({
    server,
    open,
    retry: options.retry,
    onConnect: ({ client }) =>
      emit({ type: 'server-connect', server, protocolVersion: infoOf(client).protocolVersion }),
    onRetry: ({ message }, delayMs) => emit({ type: 'server-retry', server, delayMs, reason: message }),
  })
  const use: McpClient['use'] = async (operation, callOptions = {}) => {
    const setting = { server, secrets, shared, timeoutMs: (await define()).timeoutMs ?? timeoutMs }
    return runCall(({ client }, request) => operation(client, request), setting, callOptions)
  }
  const tools = toolMethods(server, use)
  const close = (): Promise<void> => shared.close()
  return {
    name: server,
    ...readingMethods(use),
    use,
    close,
    finishAuth,
    hide: secrets.hideLikely,
    connect: (callOptions) => use(async (client) => infoOf(client), callOptions),
    ...tools.methods,
    [Symbol.asyncDispose]: close,
  }
}
