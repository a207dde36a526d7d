import type { AssistantPart, FinishReason, Message, ModelRequest } from '@ashlar/core'
import type { Attributes } from '@opentelemetry/api'
import { createSecretRedactor } from './redact-secrets.ts'

/** How what was said is captured. */
export interface ContentOptions {
  /** Has the last word on every captured text, after known shapes of keys and secrets of the environment were taken out. */
  readonly redact?: (text: string) => string
  /** Longest captured text in characters; the rest is counted, not kept. @default 8192 */
  readonly maxTextLength?: number
  /** Where secrets may be: values of variables named like a key, token, secret or password. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What was said, as attributes; every function returns none where capture is off. */
export interface Content {
  readonly ofRequest: (request: ModelRequest) => Attributes
  readonly ofAnswer: (parts: readonly AssistantPart[], reason: FinishReason | undefined) => Attributes
  readonly ofToolInput: (input: unknown) => Attributes
  readonly ofToolResult: (output: string) => Attributes
  readonly ofError: (error: unknown) => string | undefined
}

/** Captures nothing. */
export const noContent: Content = {
  ofRequest: () => ({}),
  ofAnswer: () => ({}),
  ofToolInput: () => ({}),
  ofToolResult: () => ({}),
  ofError: () => undefined,
}

type Part = Readonly<Record<string, unknown>>

const modalityOf = (mediaType: string): string =>
  ['image', 'audio', 'video'].find((kind) => mediaType.startsWith(`${kind}/`)) ?? 'document'

/** A part by the conventions' JSON schema; of data that is inline only its size is told. */
const toPart = (part: Message['content'][number]): Part => {
  if (part.type === 'text' || part.type === 'reasoning') return { type: part.type, content: part.text }
  if (part.type === 'tool-call')
    return { type: 'tool_call', id: part.callId, name: part.name, arguments: part.input }
  if (part.type === 'tool-result')
    return { type: 'tool_call_response', id: part.callId, response: part.output }
  const { url, data = '', mediaType = 'image/png' } = part
  const about = { modality: modalityOf(mediaType), mime_type: mediaType }
  return url === undefined
    ? { type: 'omitted', ...about, base64_length: data.length }
    : { type: 'uri', ...about, uri: url.startsWith('data:') ? 'data:' : url }
}

const toMessage = ({ role, content }: Message): object => ({ role, parts: content.map(toPart) })

/** The conventions' name of a reason to stop. */
export const finishReasonOf = (reason: FinishReason): string =>
  reason === 'tool-calls' ? 'tool_call' : reason.replaceAll('-', '_')

/** Captures what is said, without secrets. */
export const createContent = (options: ContentOptions): Content => {
  const { redact, maxTextLength = 8192, env = globalThis.process?.env ?? {} } = options
  const cut = (text: string): string => {
    const shown = redact ? redact(text) : text
    return shown.length <= maxTextLength
      ? shown
      : `${shown.slice(0, maxTextLength).toWellFormed()}… (${shown.length} characters)`
  }
  const redactor = createSecretRedactor(env, cut)
  const json = (value: unknown): string => JSON.stringify(redactor.value(value)) ?? 'null'
  return {
    ofRequest: ({ messages, instructions, tools }) => ({
      'gen_ai.input.messages': json(messages.map(toMessage)),
      ...(instructions !== undefined && {
        'gen_ai.system_instructions': json([{ type: 'text', content: instructions }]),
      }),
      ...(tools && {
        'gen_ai.tool.definitions': json(
          tools.map(({ name, description, inputSchema }) => ({
            type: 'function',
            name,
            description,
            parameters: inputSchema,
          })),
        ),
      }),
    }),
    ofAnswer: (parts, reason) => ({
      'gen_ai.output.messages': json([
        {
          role: 'assistant',
          parts: parts.map(toPart),
          finish_reason: reason ? finishReasonOf(reason) : 'error',
        },
      ]),
    }),
    ofToolInput: (input) => ({ 'gen_ai.tool.call.arguments': json(input) }),
    ofToolResult: (output) => ({ 'gen_ai.tool.call.result': redactor.text(output) }),
    ofError: (error) => redactor.text(error instanceof Error ? error.message : String(error)),
  }
}
