import {
  InvalidArgument,
  type JsonValue,
  type Message,
  type ToolResultPart,
  type UserPart,
} from '@ashlar/core'
import type { AssistantMessage, ToolMessage } from '@ashlar/core/message'
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'
import { toDataUrl, toUrl } from './data-url.ts'

const audioFormats: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
}

const toContentPart = (part: UserPart, provider: string): ChatCompletionContentPart => {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'image') {
    const detail = part.providerData?.[provider]?.['detail']
    const url = toUrl(part)
    return {
      type: 'image_url',
      image_url: detail === 'low' || detail === 'high' || detail === 'auto' ? { url, detail } : { url },
    }
  }
  if (part.data === undefined)
    throw new InvalidArgument(
      'file part',
      'base64 data (chat completions read no file URLs; api: responses does)',
      part.url,
    )
  const format = audioFormats[part.mediaType]
  if (format) return { type: 'input_audio', input_audio: { data: part.data, format } }
  return {
    type: 'file',
    file: { file_data: toDataUrl(part.mediaType, part.data), filename: part.name ?? 'file' },
  }
}

const toContent = (parts: readonly UserPart[], provider: string): string | ChatCompletionContentPart[] => {
  const [only] = parts
  if (parts.length === 1 && only?.type === 'text') return only.text
  return parts.map((part) => toContentPart(part, provider))
}

/** Arguments that did not parse travel back as they came. */
export const toArguments = (input: unknown): string =>
  typeof input === 'string' ? input : JSON.stringify(input ?? {})

/** Thinking as it goes back: in the field it came in, with what must travel beside it. */
const toThinking = (content: AssistantMessage['content'], provider: string): object => {
  const texts: Record<string, string> = {}
  const all: JsonValue[] = []
  for (const part of content) {
    if (part.type !== 'reasoning') continue
    const { field, details } = part.providerData?.[provider] ?? {}
    if (typeof field === 'string') texts[field] = `${texts[field] ?? ''}${part.text}`
    if (Array.isArray(details)) all.push(...details)
  }
  return { ...texts, ...(all.length > 0 && { reasoning_details: all }) }
}

/** Thinking goes back only beside tool calls: servers that want it want it there, and others refuse it elsewhere. */
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
    ...toThinking(content, provider),
    tool_calls: calls,
  }
}

/** The API has no field for a failed call: the text says it. */
export const toOutput = ({ output, isError }: ToolResultPart): string =>
  isError && !output.startsWith('Error') ? `Error: ${output}` : output

/** Tool messages take text only: images and files follow in a user message. */
const fromTools = ({ content }: ToolMessage, provider: string): ChatCompletionMessageParam[] => {
  const messages: ChatCompletionMessageParam[] = []
  const attached: ChatCompletionContentPart[] = []
  for (const result of content) {
    messages.push({ role: 'tool', tool_call_id: result.callId, content: toOutput(result) })
    if (!result.content?.length) continue
    attached.push({ type: 'text', text: `Attached to the result of ${result.name} (${result.callId}):` })
    for (const part of result.content) attached.push(toContentPart(part, provider))
  }
  return attached.length > 0 ? [...messages, { role: 'user', content: attached }] : messages
}

/** The messages of the wire that carry one message of the transcript. */
export const toMessages = (message: Message, provider: string): ChatCompletionMessageParam[] => {
  if (message.role === 'user') return [{ role: 'user', content: toContent(message.content, provider) }]
  return message.role === 'tool' ? fromTools(message, provider) : [toAssistant(message, provider)]
}
