import { isObject, type UserPart } from '@ashlar/core'
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'

/** What `toolContent` makes is known by this. */
const contentBrand = Symbol.for('ashlar.tool-content')

const toBlock = (part: UserPart): ContentBlock => {
  if (part.type === 'text') return { type: 'text', text: part.text }
  const mimeType = part.mediaType ?? 'image/png'
  const name = (part.type === 'file' ? part.name : undefined) ?? part.type
  if (part.data === undefined)
    return { type: 'resource_link', uri: part.url ?? 'about:blank', name, mimeType }
  if (part.type === 'image') return { type: 'image', data: part.data, mimeType }
  if (mimeType.startsWith('audio/')) return { type: 'audio', data: part.data, mimeType }
  return {
    type: 'resource',
    resource: { uri: `attachment:///${encodeURIComponent(name)}`, blob: part.data, mimeType },
  }
}

const text = (value: string): ContentBlock => ({ type: 'text', text: value })

const isContent = (value: object): value is { readonly output: string; readonly content: UserPart[] } =>
  contentBrand in value

/** An error that the model of the client reads. */
export const toolError = (message: string): CallToolResult => ({
  content: [text(message)],
  isError: true,
})

/** What a tool returned, for a client: text as it is, images and files beside it, anything else as JSON and structured. */
export const toCallToolResult = (value: unknown): CallToolResult => {
  if (typeof value === 'string') return { content: [text(value)] }
  if (typeof value === 'object' && value !== null && isContent(value))
    return { content: [...(value.output === '' ? [] : [text(value.output)]), ...value.content.map(toBlock)] }
  const json = JSON.stringify(value) ?? 'null'
  const structured: unknown = isObject(value) ? JSON.parse(json) : undefined
  return {
    content: [text(json)],
    ...(isObject(structured) && { structuredContent: structured }),
  }
}
