import { isObject, type Message, type ToolResultPart, type UserPart } from '@ashlar/core'
import type { HistoryItem, ResponseItem } from './llama-module.ts'

/** Text parts joined. @throws what `refuse` makes for images and files, which these models do not read */
const textOf = (parts: readonly UserPart[], refuse: (kind: string) => Error): string =>
  parts
    .map((part) => {
      if (part.type !== 'text') throw refuse(part.type)
      return part.text
    })
    .join('\n')

/** Structured results are shown as JSON, not as a string of JSON. */
const resultOf = (result: ToolResultPart | undefined): unknown => {
  if (!result) return undefined
  let value: unknown = result.output
  try {
    const parsed: unknown = JSON.parse(result.output)
    if (isObject(parsed) || Array.isArray(parsed)) value = parsed
  } catch {}
  return result.isError ? { error: value } : value
}

const resultsIn = (message: Message | undefined): Map<string, ToolResultPart> =>
  new Map(message?.role === 'tool' ? message.content.map((result) => [result.callId, result]) : [])

/** What the model said in one message, its calls with the results of the message after it. */
const responseOf = (
  message: Extract<Message, { role: 'assistant' }>,
  next: Message | undefined,
): ResponseItem[] => {
  const results = resultsIn(next)
  return message.content.map((part): ResponseItem => {
    if (part.type === 'text') return part.text
    if (part.type === 'reasoning')
      return { type: 'segment', segmentType: 'thought', text: part.text, ended: true }
    return {
      type: 'functionCall',
      name: part.name,
      params: part.input,
      result: resultOf(results.get(part.callId)),
    }
  })
}

export interface ToHistoryOptions {
  readonly system?: string | undefined
  /** Makes the error for a part that is no text, by its type. */
  readonly refuse: (kind: string) => Error
}

/**
 * The transcript as node-llama-cpp's chat history: a call carries its result, and what the model says after
 * results goes on in the same answer. It ends with the answer to be written.
 */
export const toHistory = (
  messages: readonly Message[],
  { system, refuse }: ToHistoryOptions,
): HistoryItem[] => {
  const history: HistoryItem[] = system ? [{ type: 'system', text: system }] : []
  for (const [index, message] of messages.entries()) {
    const last = history.at(-1)
    if (message.role === 'user') history.push({ type: 'user', text: textOf(message.content, refuse) })
    else if (message.role === 'tool') for (const { content = [] } of message.content) textOf(content, refuse)
    else {
      const response = responseOf(message, messages[index + 1])
      if (last?.type === 'model') last.response.push(...response)
      else history.push({ type: 'model', response })
    }
  }
  if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] })
  return history
}
