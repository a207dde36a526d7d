export { agentTool } from './agent-tool.ts'
export { type Bridge, createBridge } from './create-bridge.ts'
export { createMcpServer } from './create-mcp-server.ts'
export type {
  AshlarMcpServer,
  Listening,
  ListenOptions,
  McpServerOptions,
  StdioServing,
} from './mcp-server.ts'
