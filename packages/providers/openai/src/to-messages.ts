import type { Message, ToolResultPart } from '@ashlar/core'
import type { AssistantMessage, UserMessage } from '@ashlar/core/message'
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPartText,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'

const toContent = ({ content }: UserMessage): string | ChatCompletionContentPartText[] => {
  const [only] = content
  if (content.length === 1 && only?.type === 'text') return only.text
  return content.flatMap((part) => (part.type === 'text' ? [{ type: part.type, text: part.text }] : []))
}

/** Arguments that did not parse travel back as they came. */
export const toArguments = (input: unknown): string =>
  typeof input === 'string' ? input : JSON.stringify(input ?? {})

const toAssistant = (
  { content }: AssistantMessage,
  provider: string,
): ChatCompletionAssistantMessageParam => {
  const calls: ChatCompletionMessageFunctionToolCall[] = []
  let text = ''
  for (const part of content)
    if (part.type === 'text') text += part.text
    else if (part.type === 'tool-call')
      calls.push({
        id: part.callId,
        type: 'function',
        function: { name: part.name, arguments: toArguments(part.input) },
        ...part.providerData?.[provider],
      })
  if (calls.length === 0) return { role: 'assistant', content: text }
  return {
    role: 'assistant',
    ...(text !== '' && { content: text }),
    tool_calls: [...calls],
  }
}

/** The API has no field for a failed call: the text says it. */
export const toOutput = ({ output, isError }: ToolResultPart): string =>
  isError && !output.startsWith('Error') ? `Error: ${output}` : output

/** The messages of the wire that carry the texts and calls of one message of the transcript. */
export const toMessages = (message: Message, provider: string): ChatCompletionMessageParam[] => {
  if (message.role === 'user') return [{ role: 'user', content: toContent(message) }]
  if (message.role === 'assistant') return [toAssistant(message, provider)]
  return message.content.map((result) => ({
    role: 'tool',
    tool_call_id: result.callId,
    content: toOutput(result),
  }))
}
