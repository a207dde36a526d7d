import { type Agent, InvalidArgument, type Tool, type Tools } from '@ashlar/core'
import { fromJsonSchema, type JsonSchemaType, type McpServer } from '@modelcontextprotocol/server'
import { unchecked } from '../unchecked.ts'
import { agentTool } from './agent-tool.ts'
import { serveCall } from './serve-call.ts'

const inputOf = (tool: Tool) => {
  const schema: JsonSchemaType = { ...tool.inputSchema, type: 'object' }
  return fromJsonSchema(schema, unchecked)
}

/**
 * The tools, and the agents as tools.
 * @throws InvalidArgument when a tool cannot be run here, or two have one name
 */
export const servedTools = (tools: Tools, agents: Readonly<Record<string, Agent>>): Tools => {
  for (const [name, { execute }] of Object.entries(tools)) {
    if (!execute)
      throw new InvalidArgument(`tools.${name}`, 'a tool with execute', 'one that its caller answers')
    if (name in agents) throw new InvalidArgument(`agents.${name}`, 'a name that no tool has', name)
  }
  const asTools = Object.entries(agents).map(([name, agent]) => [name, agentTool(agent)] as const)
  return { ...tools, ...Object.fromEntries(asTools) }
}

/** Offers the tools on a server of the SDK, with what is known of their effects. */
export const registerTools = (server: McpServer, name: string, tools: Tools): void => {
  for (const [key, tool] of Object.entries(tools)) {
    const { readOnly, destructive, idempotent } = tool.annotations
    const annotations = { readOnlyHint: readOnly, destructiveHint: destructive, idempotentHint: idempotent }
    const config = { description: tool.description, inputSchema: inputOf(tool), annotations }
    server.registerTool(key, config, (input, context) => serveCall(name, tool, { input, context }))
  }
}
