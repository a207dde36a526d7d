import {
  type AssistantPart,
  InvalidArgument,
  isObject,
  type JsonObject,
  type Message,
  type ToolCallPart,
  type ToolResultPart,
  type UserPart,
} from '@ashlar/core'
import type { FilePart, ImagePart } from '@ashlar/core/message'
import type {
  Base64ImageSource,
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from '@anthropic-ai/sdk/resources/messages'
import { byIdentity } from './by-identity.ts'

/** One message as the wire wants it, and how many cache breakpoints its parts brought along. */
export interface ConvertedMessage {
  readonly param: { readonly role: 'user' | 'assistant'; readonly content: ContentBlockParam[] }
  readonly breakpoints: number
}

/** The API refuses text blocks without a visible character. */
const isBlank = (text: string): boolean => text.trim() === ''

const textBlock = (text: string): TextBlockParam => ({ type: 'text', text })

const imageTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
const isImageType = (type: string): type is Base64ImageSource['media_type'] => imageTypes.has(type)

const dataUrl = /^data:([^;,]+);base64,/

/** Splits a `data:` URL, which the API does not fetch, into what it takes. */
const inlined = <Part extends ImagePart | FilePart>(part: Part): Part => {
  const match = part.data === undefined ? dataUrl.exec(part.url ?? '') : undefined
  return match ? { ...part, data: part.url?.slice(match[0].length), mediaType: match[1] } : part
}

const missing = (argument: string): InvalidArgument =>
  new InvalidArgument(argument, 'base64 `data` or a `url`', undefined)

const imageBlock = (image: ImagePart | FilePart): ImageBlockParam => {
  const { data, url, mediaType = 'image/png' } = inlined(image)
  if (data === undefined) {
    if (url === undefined) throw missing('image')
    return { type: 'image', source: { type: 'url', url } }
  }
  if (!isImageType(mediaType))
    throw new InvalidArgument('image.mediaType', `one of ${[...imageTypes].join(', ')}`, mediaType)
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
}

const decodeText = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))

const documentSource = (file: FilePart): DocumentBlockParam['source'] => {
  const { data, url, mediaType } = inlined(file)
  const isPdf = mediaType === 'application/pdf'
  if (isPdf && data !== undefined) return { type: 'base64', media_type: mediaType, data }
  if (isPdf && url !== undefined) return { type: 'url', url }
  if (mediaType.startsWith('text/') && data !== undefined)
    return { type: 'text', media_type: 'text/plain', data: decodeText(data) }
  if (data === undefined && url === undefined) throw missing('file')
  throw new InvalidArgument(
    'file.mediaType',
    'application/pdf, an image type, or text/* with `data`',
    mediaType,
  )
}

const documentBlock = (file: FilePart): DocumentBlockParam => ({
  type: 'document',
  source: documentSource(file),
  ...(file.name !== undefined && { title: file.name }),
})

type UserBlock = TextBlockParam | ImageBlockParam | DocumentBlockParam

const isUserBlock = (value: unknown): value is UserBlock =>
  isObject(value) && typeof value['type'] === 'string'

/** A block of a user's part; its `providerData` adds fields to it (`cache_control`, `citations`, a file's `source`). */
const userBlock = (part: UserPart, provider: string): UserBlock => {
  const extra = part.providerData?.[provider]
  if (part.type === 'text') return Object.assign(textBlock(part.text), extra)
  const isImage = part.type === 'image' || part.mediaType.startsWith('image/')
  const given = { type: isImage ? 'image' : 'document', ...extra }
  if (extra?.['source'] && isUserBlock(given)) return given
  return Object.assign(isImage ? imageBlock(part) : documentBlock(part), extra)
}

const userBlocks = (parts: readonly UserPart[], provider: string): UserBlock[] => {
  const blocks: UserBlock[] = []
  for (const part of parts)
    if (part.type !== 'text' || !isBlank(part.text)) blocks.push(userBlock(part, provider))
  return blocks
}

/** Ids of other vendors may have characters the API refuses; a call and its result map alike. */
const toolUseId = (callId: string): string => callId.replaceAll(/[^\w-]/g, '_')

const isBlock = (value: unknown): value is ContentBlockParam =>
  isObject(value) && typeof value['type'] === 'string'

const callBlock = (part: ToolCallPart, data: JsonObject | undefined): ToolUseBlockParam => {
  // Anthropic's own advice for arguments that were not valid JSON ("Fine-grained tool streaming").
  const input = isObject(part.input) ? part.input : { INVALID_JSON: part.input }
  const block: ToolUseBlockParam = { type: 'tool_use', id: toolUseId(part.callId), name: part.name, input }
  return Object.assign(block, data)
}

/** A block of the model's own part; undefined for what only another vendor's model could read. */
const assistantBlock = (part: AssistantPart, provider: string): ContentBlockParam | undefined => {
  const data = part.providerData?.[provider]
  switch (part.type) {
    case 'text':
      return isBlank(part.text) ? undefined : Object.assign(textBlock(part.text), data)
    case 'tool-call':
      return callBlock(part, data)
    case 'reasoning':
      if (isBlock(data?.['block'])) return data['block']
      if (typeof data?.['data'] === 'string') return { type: 'redacted_thinking', data: data['data'] }
      return typeof data?.['signature'] === 'string'
        ? { type: 'thinking', thinking: part.text, signature: data['signature'] }
        : undefined
  }
}

const resultBlock = (part: ToolResultPart, provider: string): ToolResultBlockParam => {
  const more = part.content ? userBlocks(part.content, provider) : []
  const block: ToolResultBlockParam = { type: 'tool_result', tool_use_id: toolUseId(part.callId) }
  if (more.length > 0) block.content = isBlank(part.output) ? more : [textBlock(part.output), ...more]
  else if (!isBlank(part.output)) block.content = part.output
  if (part.isError) block.is_error = true
  return block
}

const blocksOf = (message: Message, provider: string): ContentBlockParam[] => {
  if (message.role === 'user') return userBlocks(message.content, provider)
  if (message.role === 'tool') return message.content.map((part) => resultBlock(part, provider))
  return message.content.map((part) => assistantBlock(part, provider)).filter((block) => block !== undefined)
}

const breakpointsOf = (blocks: readonly ContentBlockParam[]): number => {
  let count = 0
  for (const block of blocks) if ('cache_control' in block && block.cache_control) count++
  return count
}

const joined = (a: ConvertedMessage, b: ConvertedMessage): ConvertedMessage => ({
  param: { role: a.param.role, content: [...a.param.content, ...b.param.content] },
  breakpoints: a.breakpoints + b.breakpoints,
})

/**
 * A message as the wire wants it; its content is empty when there is nothing the API would take. Of the parts'
 * `providerData` only what is under the name `provider` counts.
 * @throws InvalidArgument for an image or a file the API cannot take
 */
export const toMessage = (message: Message, provider: string): ConvertedMessage => {
  const content = blocksOf(message, provider)
  const role = message.role === 'assistant' ? 'assistant' : 'user'
  return { param: { role, content }, breakpoints: breakpointsOf(content) }
}

/** Whole transcripts, each message converted once: the results of one turn in one message, what is empty left out. */
export const createMessageWriter = (
  provider: string,
): ((messages: readonly Message[]) => ConvertedMessage[]) => {
  const convert = byIdentity((message: Message) => toMessage(message, provider))
  return (messages) => {
    const written: ConvertedMessage[] = []
    let wasResults = false
    for (const message of messages) {
      const next = convert(message)
      if (next.param.content.length === 0) continue
      const last = wasResults && message.role === 'tool' ? written.pop() : undefined
      written.push(last ? joined(last, next) : next)
      wasResults = message.role === 'tool'
    }
    return written
  }
}
