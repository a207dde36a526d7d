import type { JsonObject } from './json.ts'

/** Opaque provider data that must travel back with the part it came with, keyed by provider name. */
export type ProviderData = Record<string, JsonObject>

export interface TextPart {
  type: 'text'
  text: string
  providerData?: ProviderData
}

/** An image: base64 `data` with its media type, or a `url` the provider can fetch. */
export interface ImagePart {
  type: 'image'
  /** Base64, without a `data:` prefix. */
  data?: string
  url?: string
  /** @default 'image/png' */
  mediaType?: string
  providerData?: ProviderData
}

/** A document such as a PDF: base64 `data` with its media type, or a `url`. */
export interface FilePart {
  type: 'file'
  data?: string
  url?: string
  mediaType: string
  name?: string
  providerData?: ProviderData
}

/** The model's thinking. `providerData` carries the signature some vendors want back unchanged. */
export interface ReasoningPart {
  type: 'reasoning'
  text: string
  providerData?: ProviderData
}

/** The model's request to run a tool. */
export interface ToolCallPart {
  type: 'tool-call'
  /** Unique within its turn. */
  callId: string
  name: string
  /** The parsed arguments; a string when the model's JSON did not parse (fed back as invalid input). */
  input: unknown
  providerData?: ProviderData
}

/** The answer to one tool call. */
export interface ToolResultPart {
  type: 'tool-result'
  callId: string
  name: string
  /** Text as the model reads it; structured results are JSON. */
  output: string
  /** Images and files beside the text, for models that read them in tool results. */
  content?: UserPart[]
  isError?: true
}

export type UserPart = TextPart | ImagePart | FilePart
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart

export interface UserMessage {
  role: 'user'
  content: UserPart[]
}
export interface AssistantMessage {
  role: 'assistant'
  content: AssistantPart[]
  /** The vendor interrupted the turn: the model is asked again, to go on with it. */
  unfinished?: true
}
export interface ToolMessage {
  role: 'tool'
  content: ToolResultPart[]
}

/** One entry of the transcript: plain JSON, never mutated once appended. Instructions travel beside messages. */
export type Message = UserMessage | AssistantMessage | ToolMessage

/** A user message with one text part. */
export const userText = (text: string): UserMessage => ({ role: 'user', content: [{ type: 'text', text }] })

/** The text parts of a message joined, reasoning left out; the empty string when there are none. */
export const textOf = (message: Message | undefined): string => {
  let text = ''
  for (const part of message?.content ?? []) if (part.type === 'text') text += part.text
  return text
}

/** The tool calls of a message, in the order the model made them. */
export const toolCallsOf = (message: Message | undefined): ToolCallPart[] => {
  const calls: ToolCallPart[] = []
  if (message?.role === 'assistant')
    for (const part of message.content) if (part.type === 'tool-call') calls.push(part)
  return calls
}
