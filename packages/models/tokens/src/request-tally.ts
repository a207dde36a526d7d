import type { Message, ToolSpec, UserPart } from '@ashlar/core'
import type { FilePart, ImagePart } from '@ashlar/core/message'
import { fileTokens } from './file-tokens.ts'
import { imageSizeOf } from './image-size.ts'
import { imageTokens } from './image-tokens.ts'
import { toolTokens } from './tool-tokens.ts'

export interface RequestTally {
  addMessage(message: Message): void
  /** Adds tools, by the published rule where there is one, else as JSON. */
  addTools(tools: readonly ToolSpec[]): void
  /** Adds what a vendor writes in a form of its own, as JSON. */
  addJson(value: unknown): void
  total(): TallyTotal
}

/** What was added up. */
export interface TallyTotal {
  /** Tokens of text, in the encoding. */
  readonly texts: number
  /** Tokens of images and files. */
  readonly media: number
  /** Every rule was published. */
  readonly exact: boolean
}

export interface RequestTallyOptions {
  readonly modelId: string
  readonly provider: string
  readonly count: (text: string) => number
}

/** Every message of OpenAI's chat is wrapped in three tokens and names its role in one. */
const wrapping = 4

/** Adds up a request, part by part. */
export const createRequestTally = ({ modelId, provider, count }: RequestTallyOptions): RequestTally => {
  let texts = 0
  let media = 0
  let exact = true
  const addText = (text: string): void => {
    texts += count(text)
  }
  const addImage = ({ data, providerData }: ImagePart): void => {
    const size = data === undefined ? undefined : imageSizeOf(data)
    const given = providerData?.[provider]?.['detail']
    const detail = given === 'low' || given === 'high' ? given : 'auto'
    // Left to itself the vendor chooses the detail; the highest is counted.
    if (detail === 'auto' || (detail === 'high' && !size)) exact = false
    media += imageTokens(size, { modelId: `${provider}/${modelId}`, detail })
  }
  const addFile = (part: FilePart): void => {
    exact = false
    const { text, tokens } = fileTokens(part)
    media += tokens
    if (text !== undefined) addText(text)
  }
  const addUserPart = (part: UserPart): void => {
    if (part.type === 'text') addText(part.text)
    else if (part.type === 'image') addImage(part)
    else addFile(part)
  }
  const addPart = (part: Message['content'][number]): void => {
    if (part.type === 'text' || part.type === 'image' || part.type === 'file') return addUserPart(part)
    exact = false
    if (part.type === 'reasoning') return addText(part.text)
    if (part.type === 'tool-call') return addText(`${part.callId} ${part.name} ${JSON.stringify(part.input)}`)
    addText(`${part.callId} ${part.output}`)
    for (const attached of part.content ?? []) addUserPart(attached)
  }
  const addJson = (value: unknown): void => {
    exact = false
    addText(JSON.stringify(value))
  }
  return {
    addMessage: ({ content }) => {
      texts += wrapping
      let textParts = 0
      for (const part of content) {
        if (part.type === 'text' && ++textParts > 1) exact = false
        addPart(part)
      }
    },
    addTools: (tools) => {
      const published = toolTokens(tools, { modelId, count })
      if (published !== undefined) texts += published
      else
        for (const { name, description, inputSchema } of tools)
          addJson({ name, description, parameters: inputSchema })
    },
    addJson,
    total: () => ({ texts, media, exact }),
  }
}
