import { ConnectionError } from './connection-error.ts'

/** Parses what a server sent as JSON. @throws ConnectionError with the start of what came instead */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ConnectionError(`the server sent malformed JSON: ${text.slice(0, 200)}`, {}, { cause })
  }
}
