export { createMcpClient } from './create-mcp-client.ts'
export type { Elicit, ElicitAnswer, ElicitQuestion } from './elicit.ts'
export type { McpInput } from './expand-variables.ts'
export type { McpCallOptions, McpClient, McpClientOptions, McpServerInfo } from './mcp-client.ts'
export { McpError } from './mcp-error.ts'
export type { McpEvent } from './mcp-event.ts'
export {
  createMcpRegistry,
  loadMcpRegistry,
  type McpRegistry,
  type McpRegistryOptions,
} from './mcp-registry.ts'
export { mcpTools, type McpToolsOptions } from './mcp-tools.ts'
export { readServerConfig } from './server-config.ts'
export type { ServerDefinition } from './server-definition.ts'
export { promptParts, toContent } from './to-content.ts'
export { filePins, type ToolPins } from './tool-pins.ts'
export type { Toolset, ToolsetOptions } from './toolset.ts'
