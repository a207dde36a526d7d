import {
  InvalidArgument,
  type JsonSchema,
  type Message,
  type ModelRequest,
  type ToolSpec,
} from '@ashlar/core'
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

const toReasoning = (reasoning: ModelRequest['reasoning'], { server }: RequestWriter): object =>
  typeof reasoning === 'object' && server.thinkingBudget
    ? { reasoning: { max_tokens: reasoning.maxTokens } }
    : { reasoning_effort: toEffort(reasoning) }

/** What is not set is undefined, and so not sent. */
type Settings = { [Name in keyof ChatCompletionCreateParams]?: ChatCompletionCreateParams[Name] | undefined }

const refuse = (argument: string, expected: string, received: unknown): never => {
  throw new InvalidArgument(argument, expected, received)
}

/** Whether a message holds more than texts and calls. */
const isRich = ({ content }: Message): boolean =>
  content.some((part) =>
    part.type === 'tool-result' ? part.content?.length : part.type !== 'text' && part.type !== 'tool-call',
  )

/** Whether a request can be written with `RichContent` only. */
export const isRichRequest = (
  { messages, tools, output }: ModelRequest,
  { strictTools }: RequestWriter,
): boolean => Boolean(output || (strictTools && tools)) || messages.some(isRich)

/**
 * Writes the bodies of chat completions; what was converted once is kept as long as its message or tool lives.
 * @param getRich what is loaded before the first request that is `isRichRequest`
 */
export const createToRequest = (
  writer: RequestWriter,
  getRich: () => typeof richContent | undefined,
): ((request: ModelRequest) => ChatCompletionCreateParams) => {
  const { modelId, provider, server, strictTools } = writer
  const messagesOf = createMemo((message: Message) => {
    const plain = toMessages(message, provider)
    return getRich()?.enrich(plain, { message, provider, refuse }) ?? plain
  })
  const toolOf = createMemo((tool: ToolSpec) => {
    const plain = toTool(tool)
    return strictTools ? (getRich()?.toStrictTool(plain) ?? plain) : plain
  })
  const formatOf = createMemo((schema: JsonSchema) => getRich()?.toResponseFormat(schema))
  return (request) => {
    const { instructions, tools, output, deltas = true, maxOutputTokens, stop } = request
    const messages: ChatCompletionMessageParam[] = []
    if (instructions) messages.push({ role: 'system', content: instructions })
    for (const message of request.messages) messages.push(...messagesOf(message))
    const settings: object = {
      tools: tools?.length ? tools.map(toolOf) : undefined,
      tool_choice: toToolChoice(request),
      response_format: output && formatOf(output),
      [server.official ? 'max_completion_tokens' : 'max_tokens']: maxOutputTokens,
      temperature: request.temperature,
      top_p: request.topP,
      stop: stop?.length ? [...stop] : undefined,
      seed: request.seed,
      stream_options: deltas && !server.usageUnasked ? { include_usage: true } : undefined,
      ...toReasoning(request.reasoning, writer),
      ...request.providerOptions?.[provider],
    } satisfies Settings
    return { model: modelId, messages, stream: deltas, ...settings }
  }
}
