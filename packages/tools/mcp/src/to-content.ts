import { isObject, toolContent, type UserPart } from '@ashlar/core'
import type * as Sdk from '@modelcontextprotocol/client'

/** How much of a result a model is shown. */
export interface ContentLimits {
  /** Characters of text. @default 100000 */
  readonly maxTextChars?: number
  /** Characters of base64 of all images and files together. @default 10000000 */
  readonly maxDataChars?: number
}

/** What of a result goes to the model. */
export interface McpContent {
  readonly text: string
  readonly parts: readonly UserPart[]
}

const count = (chars: number): string => chars.toLocaleString('en')

/** The text up to a limit, with a note of what is missing. */
const cut = (text: string, max: number): string =>
  text.length > max
    ? `${text.slice(0, max).toWellFormed()}\n[cut: ${count(text.length)} characters in all, the first ${count(max)} are shown; ask for less]`
    : text

const toData = (data: string, mediaType: string, name?: string): UserPart =>
  mediaType.startsWith('image/')
    ? { type: 'image', data, mediaType }
    : { type: 'file', data, mediaType, ...(name !== undefined && { name }) }

const ofResource = ({ resource }: Sdk.EmbeddedResource): string | UserPart => {
  if ('text' in resource) return `${resource.uri}:\n${resource.text}`
  return toData(resource.blob, resource.mimeType ?? 'application/octet-stream', resource.uri)
}

const ofLink = ({ uri, name, description }: Sdk.ResourceLink): string =>
  `[resource ${uri}: ${description ?? name}]`

const ofBlock = (block: Sdk.ContentBlock): string | UserPart => {
  switch (block.type) {
    case 'text':
      return block.text
    case 'image':
    case 'audio':
      return toData(block.data, block.mimeType)
    case 'resource':
      return ofResource(block)
    case 'resource_link':
      return ofLink(block)
    default:
      return '[content of an unknown type]'
  }
}

const isJson = (text: string): boolean => {
  if (!/^\s*[[{"\d-]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether the text holds all that the structured content does. */
const says = (text: string, structured: unknown): boolean =>
  isObject(structured) &&
  Object.values(structured).every((value) => typeof value === 'string' && text.includes(value))

const labelOf = (part: UserPart): string =>
  part.type === 'text' ? part.text : `[${part.type}: ${part.mediaType ?? 'image/png'}]`

/** The blocks as text in their order, with images and files beside it. What is over a limit is cut, with a note. */
export const toContent = (
  { content = [], structuredContent }: Partial<Pick<Sdk.CallToolResult, 'content' | 'structuredContent'>>,
  { maxTextChars = 100_000, maxDataChars = 10_000_000 }: ContentLimits = {},
): McpContent => {
  const lines: string[] = []
  const parts: UserPart[] = []
  let dataChars = 0
  for (const block of content) {
    const part = ofBlock(block)
    if (typeof part === 'string') {
      lines.push(part)
      continue
    }
    const size = 'data' in part ? (part.data?.length ?? 0) : 0
    dataChars += size
    if (dataChars > maxDataChars)
      lines.push(`${labelOf(part)} [left out: ${count(size)} characters of base64]`)
    else {
      lines.push(labelOf(part))
      parts.push(part)
    }
  }
  // Servers are to repeat structured content as text; those that do not are helped.
  const isSaid = lines.some(isJson) || says(lines.join('\n'), structuredContent)
  if (structuredContent !== undefined && !isSaid) lines.push(JSON.stringify(structuredContent))
  return { text: cut(lines.join('\n'), maxTextChars), parts }
}

/** The messages of a prompt as parts that a user message may have. */
export const promptParts = ({ messages }: Sdk.GetPromptResult, limits?: ContentLimits): UserPart[] =>
  messages.flatMap(({ content }) => {
    const { text, parts } = toContent({ content: [content] }, limits)
    return parts.length > 0 ? [...parts] : [{ type: 'text', text } satisfies UserPart]
  })

/** What a tool of an agent answers with. */
export const toToolAnswer = ({ text, parts }: McpContent): unknown =>
  parts.length > 0 ? toolContent(text, [...parts]) : text
