import { InvalidArgument, type JsonSchema, type ModelRequest, type ToolSpec } from '@ashlar/core'
import type {
  FunctionTool,
  ResponseCreateParams,
  ResponseInputItem,
  ResponseTextConfig,
} from 'openai/resources/responses/responses'
import { checkToolChoice, createMemo, type RequestWriter, toEffort } from '../request-writer.ts'
import type { toStrictSchema } from '../strict-schema.ts'
import { toItems } from './to-items.ts'

/** OpenAI's models that think; others answer 400 when encrypted thinking is asked for. */
const thinks = /^(?:o\d|gpt-(?:[5-9]|\d{2,})|codex)/

const isThinking = (modelId: string): boolean => {
  const name = modelId.slice(modelId.lastIndexOf('/') + 1)
  return thinks.test(name) && !name.includes('-chat')
}

/** Not given, `strict` would be true here. */
const toTool = (
  { name, description, inputSchema }: ToolSpec,
  close: typeof toStrictSchema | undefined,
): FunctionTool => {
  const closed = close?.(inputSchema)
  return {
    type: 'function',
    name,
    description,
    parameters: closed ?? { ...inputSchema },
    strict: closed !== undefined,
  }
}

const toText = (schema: JsonSchema, close: typeof toStrictSchema): ResponseTextConfig => {
  const closed = close(schema)
  return {
    format: {
      type: 'json_schema',
      name: 'answer',
      schema: closed ?? { ...schema },
      strict: closed !== undefined,
    },
  }
}

const toToolChoice = (request: ModelRequest): ResponseCreateParams['tool_choice'] => {
  const choice = checkToolChoice(request)
  return typeof choice === 'object' ? { type: 'function', name: choice.tool } : choice
}

const refuse = (field: 'stop' | 'seed', value: unknown): never => {
  throw new InvalidArgument(field, 'nothing (the responses API has no such field; chat does)', value)
}

const toLimits = ({ maxOutputTokens, temperature, topP, stop, seed, reasoning }: ModelRequest): object => {
  if (stop !== undefined && stop.length > 0) refuse('stop', stop)
  if (seed !== undefined) refuse('seed', seed)
  const effort = toEffort(reasoning)
  return {
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(effort !== undefined && { reasoning: { effort } }),
  }
}

/**
 * Writes the bodies of the responses API. Nothing is stored at the server: the transcript is the state, and thinking
 * travels back encrypted.
 */
export const createToResponseRequest = (
  writer: RequestWriter,
  close: typeof toStrictSchema,
): ((request: ModelRequest) => ResponseCreateParams) => {
  const itemsOf = createMemo((message: ModelRequest['messages'][number]) => toItems(message, writer.provider))
  const toolOf = createMemo((tool: ToolSpec) => toTool(tool, writer.strictTools ? close : undefined))
  const textOf = createMemo((schema: JsonSchema) => toText(schema, close))
  const encrypted = writer.encryptedReasoning ?? isThinking(writer.modelId)
  return (request) => {
    const { instructions, tools, output, deltas = true } = request
    const input: ResponseInputItem[] = []
    for (const message of request.messages) input.push(...itemsOf(message))
    const toolChoice = toToolChoice(request)
    return {
      model: writer.modelId,
      input,
      store: false,
      ...(encrypted && { include: ['reasoning.encrypted_content'] }),
      ...(instructions && { instructions }),
      ...(tools && tools.length > 0 && { tools: tools.map(toolOf) }),
      ...(toolChoice !== undefined && { tool_choice: toolChoice }),
      ...(output && { text: textOf(output) }),
      ...toLimits(request),
      stream: deltas,
      ...request.providerOptions?.[writer.provider],
    }
  }
}
