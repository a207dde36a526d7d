import { isObject, type Tool, type Tools } from '@ashlar/core'
import { toValidator } from '@ashlar/core/schema'
import type * as Sdk from '@modelcontextprotocol/client'
import type { McpClient } from './mcp-client.ts'
import { McpError } from './mcp-error.ts'
import { type ContentLimits, toContent, toToolAnswer } from './to-content.ts'
import { untrustedSchema } from './untrusted-schema.ts'

/** What a tool does to the world, as far as it is known. */
export interface ToolHints {
  readonly readOnly?: boolean | undefined
  readonly destructive?: boolean | undefined
  readonly idempotent?: boolean | undefined
}

/** Options of `mcpTools`. */
export interface McpToolsOptions extends ContentLimits {
  /** Whether a tool is taken. @default all */
  readonly filter?: (tool: Sdk.Tool) => boolean
  /** Put before every name. @default nothing */
  readonly prefix?: string
  /**
   * What is believed of a tool. They are the server's own words: for a server you do not trust, return `{}`, the
   * worst. @default the annotations the server gives
   */
  readonly hints?: (tool: Sdk.Tool) => ToolHints
  /** Refuses a call by throwing, just before it is made. */
  readonly beforeCall?: (tool: Sdk.Tool) => void | Promise<void>
}

/** Characters of a definition; what is longer fills the model's window. */
const maxDefinition = 64 * 1024
/** Longest name that model APIs take. Source: platform.openai.com, function calling */
const maxName = 64

const serverHints = ({ annotations = {} }: Sdk.Tool): ToolHints => ({
  readOnly: annotations.readOnlyHint,
  destructive: annotations.destructiveHint,
  idempotent: annotations.idempotentHint,
})

const toAnnotations = ({ readOnly = false, destructive, idempotent }: ToolHints): Tool['annotations'] => ({
  readOnly,
  destructive: destructive ?? !readOnly,
  idempotent: idempotent ?? readOnly,
})

/** A name that every model API takes. */
export const toToolName = (name: string): string =>
  name.replaceAll(/[^\w-]/g, '_').slice(0, maxName) || 'tool'

const progressText = ({ message, progress, total }: Sdk.Progress): unknown => ({
  progress,
  ...(total !== undefined && { total }),
  ...(message !== undefined && { message }),
})

const describe = ({ name, description, title }: Sdk.Tool): string =>
  description ?? title ?? `The tool ${name} of an MCP server, which does not describe it.`

/** One tool of a server as a tool of an agent. */
export const toTool = (client: McpClient, tool: Sdk.Tool, options: McpToolsOptions = {}): Tool => {
  const { hints = serverHints, beforeCall } = options
  const annotations = toAnnotations(hints(tool))
  const validate = toValidator(untrustedSchema(tool.inputSchema))
  return {
    description: describe(tool),
    inputSchema: tool.inputSchema,
    annotations,
    validate,
    execute: async (input, { signal, idempotencyKey, report }) => {
      await beforeCall?.(tool)
      const result = await client.callTool(tool.name, isObject(input) ? input : {}, {
        signal,
        idempotencyKey,
        repeatable: annotations.idempotent || annotations.readOnly,
        onProgress: (progress) => report(progressText(progress)),
      })
      const { text, parts } = toContent(result, options)
      const shown = { text: client.hide(text), parts }
      if (result.isError)
        throw new McpError({
          code: 'tool-error',
          server: client.name,
          message: shown.text || 'the tool failed',
        })
      return toToolAnswer(shown)
    },
  }
}

/** The tools that can be used, by name, and what is wrong with the others. */
export const usableTools = (
  tools: readonly Sdk.Tool[],
): {
  readonly usable: readonly Sdk.Tool[]
  readonly refused: readonly { readonly tool: string; readonly reason: string }[]
} => {
  const seen = new Set<string>()
  const usable: Sdk.Tool[] = []
  const refused: { tool: string; reason: string }[] = []
  for (const tool of tools) {
    const { length } = JSON.stringify([tool.description, tool.inputSchema])
    if (seen.has(tool.name)) refused.push({ tool: tool.name, reason: 'the server lists this name twice' })
    else if (length > maxDefinition)
      refused.push({
        tool: tool.name,
        reason: `its definition has ${length} characters, at most ${maxDefinition}`,
      })
    else usable.push(tool)
    seen.add(tool.name)
  }
  return { usable, refused }
}

/**
 * The tools of a server, for an agent. Names are made to fit model APIs; a tool whose definition cannot be used is
 * left out. @throws McpError when the server cannot be reached
 */
export const mcpTools = async (client: McpClient, options: McpToolsOptions = {}): Promise<Tools> => {
  const { filter = () => true, prefix = '' } = options
  const { usable } = usableTools(await client.listTools())
  const tools: Record<string, Tool> = {}
  for (const tool of usable.filter(filter)) {
    const base = toToolName(prefix + tool.name)
    let name = base
    for (let count = 2; Object.hasOwn(tools, name); count += 1)
      name = `${base.slice(0, maxName - `_${count}`.length)}_${count}`
    tools[name] = toTool(client, tool, options)
  }
  return tools
}
