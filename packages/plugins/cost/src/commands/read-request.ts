import { InvalidArgument, isObject, type Message, type ModelRequest, userText } from '@ashlar/core'

const roles = new Set(['user', 'assistant', 'tool'])

const isMessage = (value: unknown): value is Message =>
  isObject(value) &&
  roles.has(String(value['role'])) &&
  Array.isArray(value['content']) &&
  value['content'].every((part) => isObject(part) && typeof part['type'] === 'string')

const isRequest = (value: unknown): value is ModelRequest =>
  isObject(value) && Array.isArray(value['messages']) && value['messages'].every(isMessage)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The request in a file: JSON with `messages` as `ModelRequest` has them, or else a text, taken for one message of a
 * user.
 * @throws InvalidArgument for `messages` that are not those of a request
 */
export const toRequest = (text: string): ModelRequest => {
  const value = text.trimStart().startsWith('{') ? parse(text) : undefined
  if (!isObject(value) || value['messages'] === undefined) return { messages: [userText(text)] }
  if (isRequest(value)) return value
  throw new InvalidArgument(
    'messages',
    'a list of { role, content: [{ type, … }] }',
    JSON.stringify(value['messages']),
  )
}
