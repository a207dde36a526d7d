import type { JsonSchema, ModelRequest, ToolSpec } from '@ashlar/core'
import type {
  ChatCompletionCreateParams,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions'
import type { ResponseFormatJSONSchema } from 'openai/resources/shared'
import { checkToolChoice, createMemo, type RequestWriter, toEffort } from './request-writer.ts'
import { toStrictSchema } from './strict-schema.ts'
import { toMessages } from './to-messages.ts'

const toTool = (
  { name, description, inputSchema }: ToolSpec,
  strict: boolean | undefined,
): ChatCompletionFunctionTool => {
  const closed = strict ? toStrictSchema(inputSchema) : undefined
  const parameters = closed ?? { ...inputSchema }
  return { type: 'function', function: { name, description, parameters, ...(closed && { strict: true }) } }
}

const toToolChoice = (request: ModelRequest): ChatCompletionToolChoiceOption | undefined => {
  const choice = checkToolChoice(request)
  return typeof choice === 'object' ? { type: 'function', function: { name: choice.tool } } : choice
}

const toResponseFormat = (schema: JsonSchema): ResponseFormatJSONSchema => {
  const closed = toStrictSchema(schema)
  return {
    type: 'json_schema',
    json_schema: { name: 'answer', schema: closed ?? { ...schema }, strict: closed !== undefined },
  }
}

const toReasoning = (reasoning: ModelRequest['reasoning'], { server }: RequestWriter): object => {
  if (typeof reasoning === 'object' && server.thinkingBudget)
    return { reasoning: { max_tokens: reasoning.maxTokens } }
  const effort = toEffort(reasoning)
  return effort === undefined ? {} : { reasoning_effort: effort }
}

const toLimits = (request: ModelRequest, writer: RequestWriter): object => {
  const { maxOutputTokens, temperature, topP, stop, seed, reasoning } = request
  return {
    ...(maxOutputTokens !== undefined && {
      [writer.server.official ? 'max_completion_tokens' : 'max_tokens']: maxOutputTokens,
    }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop !== undefined && stop.length > 0 && { stop: [...stop] }),
    ...(seed !== undefined && { seed }),
    ...(reasoning !== undefined && toReasoning(reasoning, writer)),
  }
}

/** Writes the bodies of chat completions; what was converted once is kept as long as its message or tool lives. */
export const createToRequest = (
  writer: RequestWriter,
): ((request: ModelRequest) => ChatCompletionCreateParams) => {
  const messagesOf = createMemo((message: ModelRequest['messages'][number]) =>
    toMessages(message, writer.provider),
  )
  const toolOf = createMemo((tool: ToolSpec) => toTool(tool, writer.strictTools))
  const formatOf = createMemo(toResponseFormat)
  return (request) => {
    const { instructions, tools, output, deltas = true } = request
    const messages: ChatCompletionMessageParam[] = []
    if (instructions) messages.push({ role: 'system', content: instructions })
    for (const message of request.messages) messages.push(...messagesOf(message))
    const toolChoice = toToolChoice(request)
    return {
      model: writer.modelId,
      messages,
      ...(tools && tools.length > 0 && { tools: tools.map(toolOf) }),
      ...(toolChoice !== undefined && { tool_choice: toolChoice }),
      ...(output && { response_format: formatOf(output) }),
      ...toLimits(request, writer),
      stream: deltas,
      ...(deltas && !writer.server.usageUnasked && { stream_options: { include_usage: true } }),
      ...request.providerOptions?.[writer.provider],
    }
  }
}
