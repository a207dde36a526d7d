import { type Command, defineCommand, table, withResource } from '@ashlar/command'
import type { McpClient } from '../mcp-client.ts'
import { McpError } from '../mcp-error.ts'
import type { ServerDefinition } from '../server-definition.ts'
import { configOptions, openRegistry } from './open-registry.ts'

interface Status {
  readonly server: string
  readonly type: string
  readonly state: 'ready' | 'disabled' | 'failed' | 'not asked'
  readonly detail: string
}

const statusOf = async (client: McpClient): Promise<Pick<Status, 'state' | 'detail'>> => {
  try {
    const { protocolVersion, name = '', version = '' } = await client.connect()
    const tools = await client.listTools()
    return {
      state: 'ready',
      detail: `${tools.length} tools, ${name} ${version}, protocol ${protocolVersion}`,
    }
  } catch (error) {
    if (!McpError.isInstance(error)) throw error
    return { state: 'failed', detail: error.message }
  }
}

/** `ashlar mcp list`: the configured servers, and whether each can be reached. */
export const listCommand: Command = defineCommand({
  name: 'ashlar mcp list',
  summary: 'The configured servers, and whether each can be reached',
  options: {
    ...configOptions,
    offline: { type: 'boolean', description: 'do not connect' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  details: 'Exit codes: 0 all could be reached, 1 one could not, 2 wrong arguments.',
  run: async ({ values }, io) => {
    const { registry, file } = await openRegistry(values, io)
    return withResource(registry, async () => {
      const usable = new Set(registry.servers)
      const look = async ([server, { type }]: [string, ServerDefinition]): Promise<Status> => {
        if (!usable.has(server)) return { server, type, state: 'disabled', detail: '' }
        if (values.offline) return { server, type, state: 'not asked', detail: '' }
        return { server, type, ...(await statusOf(registry.client(server))) }
      }
      const statuses = await Promise.all(Object.entries(registry.config.servers).map(look))
      if (values.json) io.stdout.write(`${JSON.stringify(statuses)}\n`)
      else if (statuses.length === 0) io.stderr.write(`${file} has no servers\n`)
      else
        io.stdout.write(
          table(
            statuses.map(({ server, type, state, detail }) => [server, type, state, detail]),
            { cellWidth: 160 },
          ),
        )
      return statuses.some(({ state }) => state === 'failed') ? 1 : 0
    })
  },
})
