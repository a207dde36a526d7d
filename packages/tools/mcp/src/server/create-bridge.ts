import type { Client, RequestOptions } from '@modelcontextprotocol/client'
import { ProtocolError, ProtocolErrorCode, Server, type ServerContext } from '@modelcontextprotocol/server'
import { createMcpClient } from '../create-mcp-client.ts'
import type { Elicit } from '../elicit.ts'
import { keyOf, toKeyMeta } from '../idempotency-key.ts'
import type { DefinitionSource, McpClient, McpClientOptions } from '../mcp-client.ts'
import { McpError } from '../mcp-error.ts'
import { serving } from './create-mcp-server.ts'
import type { AshlarMcpServer, Listening } from './mcp-server.ts'

/** A server behind another transport. */
export interface Bridge extends Omit<AshlarMcpServer, 'handler'>, AsyncDisposable {
  /** Ends the connection to the server behind, and the process if it is one. */
  close(): Promise<void>
}

type List = 'tools' | 'prompts' | 'resources'

/** Requests under way, for questions of the server behind: it does not say which of them a question belongs to. */
type Pending = Set<ServerContext>

const toProtocolError = (error: unknown): unknown =>
  McpError.isInstance(error)
    ? new ProtocolError(error.rpcCode ?? ProtocolErrorCode.InternalError, error.message)
    : error

/** Asks the server behind, passing on progress and cancelling. */
const forwarder =
  (client: McpClient, pending: Pending) =>
  async <T>(
    context: ServerContext,
    operation: (sdk: Client, options: RequestOptions) => Promise<T>,
  ): Promise<T> => {
    const { signal, notify, _meta: { progressToken } = {} } = context.mcpReq
    pending.add(context)
    try {
      return await client.use(operation, {
        signal,
        ...(progressToken !== undefined && {
          onProgress: (progress) =>
            void notify({ method: 'notifications/progress', params: { ...progress, progressToken } }).catch(
              () => {},
            ),
        }),
      })
    } catch (error) {
      throw toProtocolError(error)
    } finally {
      pending.delete(context)
    }
  }

/** What clients send along for one hop only. */
const plain = <P extends object>(params: P | undefined): Omit<P, '_meta'> => {
  const { _meta: _, ...rest } = { _meta: undefined, ...params } as P & { _meta?: unknown }
  return rest
}

const forwardTools = (server: Server, client: McpClient, forward: ReturnType<typeof forwarder>): void => {
  server.setRequestHandler('tools/list', ({ params }, context) =>
    forward(context, (sdk, options) => sdk.request({ method: 'tools/list', params: plain(params) }, options)),
  )
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: input } }, context) => {
    // Unlike the rest of what clients send along, it is for the server behind.
    const key = toKeyMeta(keyOf(context.mcpReq))
    // The SDK repeats parts of the input in headers where the tool's definition says so, which it must know for that.
    await client.listTools({ signal: context.mcpReq.signal })
    return forward(context, (sdk, options) =>
      sdk.callTool({ name, ...(input && { arguments: input }), ...key }, options),
    )
  })
}

const forwardResources = (server: Server, forward: ReturnType<typeof forwarder>): void => {
  server.setRequestHandler('resources/list', ({ params }, context) =>
    forward(context, (sdk, options) =>
      sdk.request({ method: 'resources/list', params: plain(params) }, options),
    ),
  )
  server.setRequestHandler('resources/templates/list', ({ params }, context) =>
    forward(context, (sdk, options) =>
      sdk.request({ method: 'resources/templates/list', params: plain(params) }, options),
    ),
  )
  server.setRequestHandler('resources/read', ({ params: { uri } }, context) =>
    forward(context, (sdk, options) => sdk.readResource({ uri }, options)),
  )
}

const forwardPrompts = (server: Server, forward: ReturnType<typeof forwarder>): void => {
  server.setRequestHandler('prompts/list', ({ params }, context) =>
    forward(context, (sdk, options) =>
      sdk.request({ method: 'prompts/list', params: plain(params) }, options),
    ),
  )
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: input } }, context) =>
    forward(context, (sdk, options) => sdk.getPrompt({ name, ...(input && { arguments: input }) }, options)),
  )
}

/** A question goes to the one client that waits; with several, nobody knows whose it is, and the answer is no. */
const passQuestion =
  (pending: Pending): Elicit =>
  async ({ message, schema, url }) => {
    const [context, other] = pending
    if (!context || other || url !== undefined) return { action: 'decline' }
    try {
      const requestedSchema = { type: 'object' as const, properties: {}, ...schema }
      const { action, content } = await context.mcpReq.elicitInput({ message, requestedSchema })
      return action === 'accept' ? { action, content: { ...content } } : { action }
    } catch {
      // This client cannot be asked in the middle of a call.
      return { action: 'decline' }
    }
  }

/** A server that has what the server behind has. */
const mirror = async (client: McpClient, pending: Pending): Promise<Server> => {
  const { name = client.name, version = '0.0.0', instructions, capabilities } = await client.connect()
  const { tools, prompts, resources, completions } = capabilities
  const offered = {
    tools,
    prompts,
    resources: resources && { listChanged: resources.listChanged },
    completions,
  }
  const server = new Server(
    { name, version },
    {
      capabilities: JSON.parse(JSON.stringify(offered)),
      ...(instructions !== undefined && { instructions }),
    },
  )
  const forward = forwarder(client, pending)
  if (tools) forwardTools(server, client, forward)
  if (resources) forwardResources(server, forward)
  if (prompts) forwardPrompts(server, forward)
  if (completions)
    server.setRequestHandler('completion/complete', ({ params }, context) =>
      forward(context, (sdk, request) => sdk.complete(plain(params), request)),
    )
  return server
}

/**
 * Offers a server over another transport: a child process over HTTP, or an address over stdio; older and newer
 * protocol versions on either side. One connection behind serves all clients.
 */
export const createBridge = (source: DefinitionSource, options: McpClientOptions = {}): Bridge => {
  const pending: Pending = new Set()
  const open = new Set<Server>()
  const listening = new Set<Listening>()
  const tell = (list: List): void => {
    const method = `notifications/${list}/list_changed` as const
    for (const server of open) void server.notification({ method }).catch(() => {})
    for (const { notify } of listening) {
      if (list === 'tools') notify.toolsChanged()
      else if (list === 'prompts') notify.promptsChanged()
      else notify.resourcesChanged()
    }
  }
  const client = createMcpClient(source, {
    onElicit: passQuestion(pending),
    ...options,
    onEvent: (event) => {
      if (event.type === 'list-change') tell(event.list)
      options.onEvent?.(event)
    },
  })
  const { serveStdio, listen, factory } = serving(async ({ requestInfo }) => {
    const server = await mirror(client, pending)
    // Over HTTP the listener tells them.
    if (!requestInfo) {
      open.add(server)
      Object.assign(server, { onclose: () => open.delete(server) })
    }
    return server
  })
  const close = async (): Promise<void> => {
    await Promise.all([...listening].map((each) => each.close()))
    await client.close()
  }
  return {
    factory,
    serveStdio,
    listen: async (listenOptions) => {
      const each = await listen(listenOptions)
      listening.add(each)
      return each
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
