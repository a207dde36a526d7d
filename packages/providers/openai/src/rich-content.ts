// Loaded by the first request that needs it. It imports nothing of what is loaded before, so that a bundler keeps the
// rest whole.
import type { JsonSchema, JsonValue, Message, UserPart } from '@ashlar/core'
import type { AssistantMessage, ToolMessage } from '@ashlar/core/message'
import type {
  ChatCompletionContentPart,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'
import type { ResponseFormatJSONSchema } from 'openai/resources/shared'
import { toDataUrl, toUrl } from './data-url.ts'
import { toStrictSchema } from './strict-schema.ts'

/** For whom a message is written, and how one is refused. */
export interface RichContext {
  readonly provider: string
  /** @throws InvalidArgument */
  readonly refuse: (argument: string, expected: string, received: unknown) => never
}

const audioFormats: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
}

const toContentPart = (part: UserPart, { provider, refuse }: RichContext): ChatCompletionContentPart => {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'image') {
    const detail = part.providerData?.[provider]?.['detail']
    const url = toUrl(part) ?? refuse('image part', 'base64 data or a url', 'neither')
    return {
      type: 'image_url',
      image_url: detail === 'low' || detail === 'high' || detail === 'auto' ? { url, detail } : { url },
    }
  }
  if (part.data === undefined)
    return refuse(
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

/** Tool messages take text only: images and files follow in a user message. */
const attachedTo = ({ content }: ToolMessage, context: RichContext): ChatCompletionMessageParam[] => {
  const attached: ChatCompletionContentPart[] = []
  for (const result of content) {
    if (!result.content?.length) continue
    attached.push({ type: 'text', text: `Attached to the result of ${result.name} (${result.callId}):` })
    for (const part of result.content) attached.push(toContentPart(part, context))
  }
  return attached.length > 0 ? [{ role: 'user', content: attached }] : []
}

/** Adds what is neither text nor a call to the messages that carry a message of the transcript. */
export const enrich = (
  plain: ChatCompletionMessageParam[],
  { message, ...context }: RichContext & { readonly message: Message },
): ChatCompletionMessageParam[] => {
  if (message.role === 'tool') return [...plain, ...attachedTo(message, context)]
  if (message.role === 'user') {
    if (message.content.every(({ type }) => type === 'text')) return plain
    return [{ role: 'user', content: message.content.map((part) => toContentPart(part, context)) }]
  }
  // Thinking goes back only beside tool calls: servers that want it want it there, and others refuse it elsewhere.
  return plain.map((each) =>
    'tool_calls' in each ? { ...each, ...toThinking(message.content, context.provider) } : each,
  )
}

/** The tool with arguments that fit exactly, where its schema allows it. */
export const toStrictTool = (tool: ChatCompletionFunctionTool): ChatCompletionFunctionTool => {
  const parameters = toStrictSchema(tool.function.parameters ?? {})
  return parameters ? { ...tool, function: { ...tool.function, parameters, strict: true } } : tool
}

export const toResponseFormat = (schema: JsonSchema): ResponseFormatJSONSchema => {
  const closed = toStrictSchema(schema)
  return {
    type: 'json_schema',
    json_schema: { name: 'answer', schema: closed ?? { ...schema }, strict: closed !== undefined },
  }
}
