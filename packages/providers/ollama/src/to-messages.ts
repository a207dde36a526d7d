import {
  type AssistantPart,
  InvalidArgument,
  isObject,
  type Message,
  type ToolResultPart,
  type UserPart,
} from '@ashlar/core'
import type { FilePart, ImagePart } from '@ashlar/core/message'
import type { Message as PlainMessage, ToolCall } from 'ollama'

/** A message as the wire wants it; the ids are newer than the official types, and older servers pass over them. */
export interface WireMessage extends PlainMessage {
  tool_calls?: (ToolCall & { id: string })[]
  tool_call_id?: string
}

const dataUrl = /^data:([^;,]*);base64,/

/** The bytes of an image in base64: Ollama takes nothing else. */
const toImage = ({ type, data, url = '' }: ImagePart | FilePart): string => {
  if (data !== undefined) return data
  const prefix = dataUrl.exec(url)?.[0]
  if (prefix) return url.slice(prefix.length)
  throw new InvalidArgument(type, 'base64 `data` (Ollama fetches no addresses: download it first)', url)
}

const toText = (file: FilePart): string => {
  if (!file.mediaType.startsWith('text/'))
    throw new InvalidArgument('file.mediaType', 'an image type or text/*', file.mediaType)
  const bytes = Uint8Array.from(atob(toImage(file)), (character) => character.charCodeAt(0))
  const text = new TextDecoder().decode(bytes)
  return file.name === undefined ? text : `${file.name}:\n${text}`
}

/** Text and images apart, as Ollama wants them. */
const split = (parts: readonly UserPart[]): { texts: string[]; images?: string[] } => {
  const texts: string[] = []
  const images: string[] = []
  for (const part of parts)
    if (part.type === 'text') texts.push(part.text)
    else if (part.type === 'image' || part.mediaType.startsWith('image/')) images.push(toImage(part))
    else texts.push(toText(part))
  return images.length > 0 ? { texts, images } : { texts }
}

const fromUser = (parts: readonly UserPart[]): WireMessage => {
  const { texts, ...images } = split(parts)
  return { role: 'user', content: texts.join('\n'), ...images }
}

const fromAssistant = (parts: readonly AssistantPart[]): WireMessage => {
  let content = ''
  let thinking = ''
  const calls: (ToolCall & { id: string })[] = []
  for (const part of parts)
    if (part.type === 'text') content += part.text
    else if (part.type === 'reasoning') thinking += part.text
    else {
      // Only another vendor's model writes arguments that do not parse; here they have to be an object.
      const input = isObject(part.input) ? part.input : { INVALID_JSON: part.input }
      calls.push({ id: part.callId, function: { name: part.name, arguments: input } })
    }
  return {
    role: 'assistant',
    content,
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

const fromResult = ({ callId, name, output, content = [], isError }: ToolResultPart): WireMessage => {
  const { texts, ...images } = split(content)
  const text = [isError ? `Error: ${output}` : output, ...texts].join('\n')
  return { role: 'tool', content: text, ...images, tool_name: name, tool_call_id: callId }
}

const toWire = (message: Message): WireMessage[] => {
  if (message.role === 'user') return [fromUser(message.content)]
  if (message.role === 'tool') return message.content.map(fromResult)
  return message.content.length > 0 ? [fromAssistant(message.content)] : []
}

/**
 * A transcript as Ollama's chat wants it: instructions first, one message for each tool result.
 * @throws InvalidArgument for an image or a file Ollama cannot take
 */
export const toMessages = (messages: readonly Message[], instructions?: string): WireMessage[] => [
  ...(instructions?.trim() ? [{ role: 'system', content: instructions }] : []),
  ...messages.flatMap(toWire),
]
