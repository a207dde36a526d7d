import { InvalidArgument, type Message, type ModelRequest, type ToolSpec } from '@ashlar/core'
import type {
  ChatCompletionCreateParams,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions'
import { checkToolChoice, createMemo, type RequestWriter, toEffort } from './request-writer.ts'
import type * as richContent from './rich-content.ts'
import { toMessages } from './to-messages.ts'

const toTool = ({ name, description, inputSchema }: ToolSpec): ChatCompletionFunctionTool => ({
  type: 'function',
  function: { name, description, parameters: { ...inputSchema } },
})

const toToolChoice = (request: ModelRequest): ChatCompletionToolChoiceOption | undefined => {
  const choice = checkToolChoice(request)
  return typeof choice === 'object' ? { type: 'function', function: { name: choice.tool } } : choice
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

const refuse = (argument: string, expected: string, received: unknown): never => {
  throw new InvalidArgument(argument, expected, received)
}

/** Whether a message holds more than texts and calls. */
const isRich = ({ content }: Message): boolean => {
  for (const part of content)
    if (
      part.type === 'tool-result' ? part.content?.length : part.type !== 'text' && part.type !== 'tool-call'
    )
      return true
  return false
}

/** Whether a request can be written with `RichContent` only. */
export const isRichRequest = ({ messages, tools, output }: ModelRequest, writer: RequestWriter): boolean =>
  output !== undefined || (writer.strictTools === true && tools !== undefined) || messages.some(isRich)

/**
 * Writes the bodies of chat completions; what was converted once is kept as long as its message or tool lives.
 * Without `rich`, only requests that are not `isRichRequest`.
 */
export const createToRequest = (
  writer: RequestWriter,
  rich?: typeof richContent,
): ((request: ModelRequest) => ChatCompletionCreateParams) => {
  const { provider, strictTools } = writer
  const messagesOf = createMemo((message: Message) => {
    const plain = toMessages(message, provider)
    return rich ? rich.enrich(plain, { message, provider, refuse }) : plain
  })
  const toolOf = createMemo((tool: ToolSpec) =>
    rich && strictTools ? rich.toStrictTool(toTool(tool)) : toTool(tool),
  )
  const formatOf = rich && createMemo(rich.toResponseFormat)
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
      ...(output && formatOf && { response_format: formatOf(output) }),
      ...toLimits(request, writer),
      stream: deltas,
      ...(deltas && !writer.server.usageUnasked && { stream_options: { include_usage: true } }),
      ...request.providerOptions?.[writer.provider],
    }
  }
}
