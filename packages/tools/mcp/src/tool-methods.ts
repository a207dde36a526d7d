import type * as Sdk from '@modelcontextprotocol/client'
import { checkOutput } from './check-output.ts'
import { toKeyMeta } from './idempotency-key.ts'
import type { McpClient } from './mcp-client.ts'

/** Listing and calling tools; the list is kept until it is forgotten or the connection is another. */
export interface ToolMethods {
  readonly methods: Pick<McpClient, 'listTools' | 'callTool'>
  /** The server said that the list changed. */
  forget(): void
}

export const toolMethods = (server: string, use: McpClient['use']): ToolMethods => {
  let listed: { readonly client: Sdk.Client; readonly tools: readonly Sdk.Tool[] } | undefined
  let changes = 0
  return {
    forget: () => {
      listed = undefined
      changes += 1
    },
    methods: {
      listTools: (options) =>
        use(
          async (client, request) => {
            if (listed?.client === client) return listed.tools
            if (!client.getServerCapabilities()?.tools) return []
            const before = changes
            const { tools } = await client.listTools({}, request)
            // What changed while it was read is read again next time.
            if (changes === before) listed = { client, tools }
            return tools
          },
          { ...options, repeatable: true },
        ),
      callTool: async (name, input, options) => {
        const call = { name, arguments: { ...input }, ...toKeyMeta(options?.idempotencyKey) }
        const result = await use((client, request) => client.callTool(call, request), options)
        const tool = listed?.tools.find((each) => each.name === name)
        await checkOutput(server, tool, result)
        return result
      },
    },
  }
}
