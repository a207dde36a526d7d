import type { LanguageModel, ModelRequest } from '@ashlar/core'

/** The fields that change the answer; the others say how it is fetched. */
const telling = [
  'messages',
  'instructions',
  'tools',
  'toolChoice',
  'output',
  'maxOutputTokens',
  'temperature',
  'topP',
  'stop',
  'seed',
  'reasoning',
  'providerOptions',
] as const satisfies readonly (keyof ModelRequest)[]

/** Objects with their keys in order, so that equal values are equal text. */
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** What two requests must have in common to have the same answer, as text: model, parameters, messages, tools, output. */
export const canonicalRequest = (model: LanguageModel, request: Partial<ModelRequest>): string => {
  const { provider, modelId } = model
  const told = Object.fromEntries(telling.map((field) => [field, request[field]]))
  return JSON.stringify({ provider, modelId, ...told }, inOrder)
}

/** The SHA-256 of a text, in hexadecimal. */
export const sha256 = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
