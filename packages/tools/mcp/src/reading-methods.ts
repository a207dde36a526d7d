import type { McpCallOptions, McpClient } from './mcp-client.ts'

type Reading = Pick<
  McpClient,
  'listResources' | 'listResourceTemplates' | 'readResource' | 'listPrompts' | 'getPrompt'
>

/** What changes nothing: may be repeated when the connection is lost. What a server does not have, it is not asked for. */
export const readingMethods = (use: McpClient['use']): Reading => {
  const safe = (options: McpCallOptions | undefined): McpCallOptions => ({ ...options, repeatable: true })
  return {
    listResources: (options) =>
      use(async (client, request) => {
        if (!client.getServerCapabilities()?.resources) return []
        return (await client.listResources({}, request)).resources
      }, safe(options)),
    listResourceTemplates: (options) =>
      use(async (client, request) => {
        if (!client.getServerCapabilities()?.resources) return []
        return (await client.listResourceTemplates({}, request)).resourceTemplates
      }, safe(options)),
    readResource: (uri, options) =>
      use((client, request) => client.readResource({ uri }, request), safe(options)),
    listPrompts: (options) =>
      use(async (client, request) => {
        if (!client.getServerCapabilities()?.prompts) return []
        return (await client.listPrompts({}, request)).prompts
      }, safe(options)),
    getPrompt: (name, input, options) =>
      use((client, request) => client.getPrompt({ name, arguments: { ...input } }, request), safe(options)),
  }
}
