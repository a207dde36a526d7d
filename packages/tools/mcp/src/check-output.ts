import { describeIssues, toValidator } from '@ashlar/core/schema'
import type * as Sdk from '@modelcontextprotocol/client'
import { McpError } from './mcp-error.ts'
import { untrustedSchema } from './untrusted-schema.ts'

/** Holds structured content against the schema the server gave for it. @throws McpError when it lied */
export const checkOutput = async (
  server: string,
  tool: Sdk.Tool | undefined,
  { structuredContent, isError }: Sdk.CallToolResult,
): Promise<void> => {
  if (!tool?.outputSchema || structuredContent === undefined || isError) return
  const { issues } = await toValidator(untrustedSchema(tool.outputSchema))(structuredContent)
  if (!issues) return
  const what = describeIssues(issues.slice(0, 5)).slice(0, 500)
  throw new McpError({
    code: 'invalid-answer',
    server,
    message: `${server}: ${tool.name} answered something else than its schema says: ${what}`,
  })
}
