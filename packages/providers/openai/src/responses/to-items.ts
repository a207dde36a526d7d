import { InvalidArgument, isObject, type Message, type ToolResultPart, type UserPart } from '@ashlar/core'
import type { AssistantMessage } from '@ashlar/core/message'
import type {
  ResponseFunctionCallOutputItemList,
  ResponseInputContent,
  ResponseInputItem,
  ResponseReasoningItem,
} from 'openai/resources/responses/responses'
import { toArguments, toOutput } from '../to-messages.ts'

/** Not shared with what chat loads on demand: a file of its own for both would cost every page a request. */
const toDataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`

const toContent = (part: UserPart, provider: string): ResponseInputContent => {
  if (part.type === 'text') return { type: 'input_text', text: part.text }
  if (part.type === 'image') {
    const detail = part.providerData?.[provider]?.['detail']
    const { data, mediaType = 'image/png' } = part
    const url = part.url ?? (data && toDataUrl(mediaType, data))
    if (!url) throw new InvalidArgument('image part', 'base64 data or a url', 'neither')
    return {
      type: 'input_image',
      image_url: url,
      detail: detail === 'low' || detail === 'high' ? detail : 'auto',
    }
  }
  if (part.url !== undefined) return { type: 'input_file', file_url: part.url }
  if (part.data === undefined) throw new InvalidArgument('file part', 'base64 data or a url', 'neither')
  return {
    type: 'input_file',
    file_data: toDataUrl(part.mediaType, part.data),
    filename: part.name ?? 'file',
  }
}

const isReasoningItem = (value: unknown): value is ResponseReasoningItem =>
  isObject(value) && value['type'] === 'reasoning' && Array.isArray(value['summary'])

const toOutputContent = (
  result: ToolResultPart,
  provider: string,
): string | ResponseFunctionCallOutputItemList => {
  const text = toOutput(result)
  if (!result.content?.length) return text
  return [{ type: 'input_text', text }, ...result.content.map((part) => toContent(part, provider))]
}

/** Thinking travels back only as the item it came in, to the provider it came from. */
const fromAssistant = ({ content }: AssistantMessage, provider: string): ResponseInputItem[] => {
  const items: ResponseInputItem[] = []
  for (const part of content) {
    const data = part.providerData?.[provider]
    if (part.type === 'text') {
      const phase = data?.['phase']
      items.push({
        role: 'assistant',
        content: part.text,
        ...((phase === 'commentary' || phase === 'final_answer') && { phase }),
      })
    } else if (part.type === 'reasoning') {
      const item: unknown = data?.['item']
      if (isReasoningItem(item)) items.push(item)
    } else
      items.push({
        type: 'function_call',
        call_id: part.callId,
        name: part.name,
        arguments: toArguments(part.input),
      })
  }
  return items
}

/** The input items that carry one message of the transcript. */
export const toItems = (message: Message, provider: string): ResponseInputItem[] => {
  if (message.role === 'assistant') return fromAssistant(message, provider)
  if (message.role === 'user')
    return [{ role: 'user', content: message.content.map((part) => toContent(part, provider)) }]
  return message.content.map((result) => ({
    type: 'function_call_output',
    call_id: result.callId,
    output: toOutputContent(result, provider),
  }))
}
