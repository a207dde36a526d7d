import { McpServer, type McpServerFactory } from '@modelcontextprotocol/server'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { httpHandler } from './http-handler.ts'
import { listen } from './listen.ts'
import type { AshlarMcpServer, McpServerOptions, StdioServing } from './mcp-server.ts'
import { registerTools, servedTools } from './register-tools.ts'

/** Every way to serve what a factory makes. */
export const serving = (factory: McpServerFactory): AshlarMcpServer => ({
  factory,
  serveStdio: ({ stdin = process.stdin, stdout = process.stdout } = {}): StdioServing => {
    const transport = new StdioServerTransport(stdin, stdout)
    const closed = Promise.withResolvers<void>()
    const handle = serveStdio(factory, { transport })
    stdin.once('end', closed.resolve)
    stdin.once('close', closed.resolve)
    const close = async (): Promise<void> => {
      await handle.close()
      closed.resolve()
    }
    return { closed: closed.promise, close, [Symbol.asyncDispose]: close }
  },
  handler: () => httpHandler(factory),
  listen: (options = {}) => listen(httpHandler(factory, options.onError), options),
})

/**
 * Tools and agents as an MCP server.
 * @throws InvalidArgument when a tool has no `execute`, or an agent has the name of a tool
 */
export const createMcpServer = (options: McpServerOptions): AshlarMcpServer => {
  const { name, version = '0.0.0', title, instructions, extend, settings } = options
  const tools = servedTools(options.tools ?? {}, options.agents ?? {})
  const info = { name, version, ...(title !== undefined && { title }) }
  return serving((context) => {
    const server = new McpServer(info, { ...settings, ...(instructions !== undefined && { instructions }) })
    registerTools(server, name, tools)
    extend?.(server, context)
    return server
  })
}
