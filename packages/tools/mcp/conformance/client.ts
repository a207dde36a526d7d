import { isObject, type JsonObject } from '@ashlar/core'
import { createMcpClient, type McpClient, McpError } from '../src/index.ts'
import { ClientCredentialsProvider, PrivateKeyJwtProvider } from '@modelcontextprotocol/client'
import { agreeingProvider } from './oauth-provider.ts'

// Our client, as the conformance suite starts it: with the address of its server as the last argument.
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? ''
const url = process.argv.at(-1) ?? ''

interface Context {
  readonly client_id?: string
  readonly client_secret?: string
  readonly private_key_pem?: string
  readonly signing_algorithm?: string
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: JsonObject }[]
}
const context: Context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}')

const { client_id: clientId, client_secret: secret } = context
const known =
  clientId === undefined
    ? undefined
    : { client_id: clientId, ...(secret !== undefined && { client_secret: secret }) }
const provider = agreeingProvider(known)

/** Clients that are services of their own authorise without a user. */
const providerOf = () => {
  const { private_key_pem: privateKey, signing_algorithm: algorithm = 'ES256' } = context
  if (clientId !== undefined && privateKey !== undefined && scenario.endsWith('client-credentials-jwt'))
    return new PrivateKeyJwtProvider({ clientId, privateKey, algorithm })
  if (clientId !== undefined && secret !== undefined && scenario.endsWith('client-credentials-basic'))
    return new ClientCredentialsProvider({ clientId, clientSecret: secret })
  return provider
}

const client = createMcpClient(
  { type: 'http', url },
  {
    name: scenario,
    retry: { attempts: 1 },
    onElicit: () => ({ action: 'accept', content: {} }),
    ...(scenario.startsWith('auth/') && { authProvider: providerOf() }),
  },
)

/** As an application does: authorises when that is asked for, and then tries again. */
const authorised = async <T>(operation: () => Promise<T>): Promise<T> => {
  for (let left = 2; ; left -= 1) {
    try {
      return await operation()
    } catch (error) {
      const answer = provider.answer()
      if (!McpError.isInstance(error) || error.code !== 'auth' || !answer || left === 0) throw error
      await client.finishAuth(answer)
    }
  }
}

const samples: Readonly<Record<string, unknown>> = {
  string: 'text',
  number: 5,
  integer: 5,
  boolean: true,
  array: [],
  object: {},
}

const sampleOf = (schema: unknown): JsonObject => {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {}
  const entries = Object.entries(properties).map(([name, property]) => {
    const type = isObject(property) && typeof property['type'] === 'string' ? property['type'] : 'string'
    return [name, samples[type]]
  })
  return Object.fromEntries(entries)
}

type McpTools = Awaited<ReturnType<McpClient['listTools']>>

/** The calls that the scenario names, or one of each tool. */
const callsFor = (tools: McpTools): NonNullable<Context['toolCalls']> => {
  if (context.toolCalls) return context.toolCalls
  const listed: unknown = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema
  return tools.map(({ name, inputSchema }) => {
    const isEcho = listed !== undefined && isObject(inputSchema.properties?.['schema'])
    const input: JsonObject = isEcho ? JSON.parse(JSON.stringify({ schema: listed })) : sampleOf(inputSchema)
    return { name, arguments: input }
  })
}

const tools = await authorised(() => client.listTools())
for (const { name, arguments: input } of callsFor(tools)) await authorised(() => client.callTool(name, input))
await client.close()
