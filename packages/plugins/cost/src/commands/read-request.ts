import { InvalidArgument, type ModelRequest, userText } from '@ashlar/core'
import { checkRequest } from './request-schema.ts'

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidArgument(
      'request',
      'JSON, as it begins like it (--text takes it for a text)',
      error instanceof Error ? error.message : error,
    )
  }
}

/**
 * The request in a file: JSON as `ModelRequest` has it where it begins like JSON, or else a text, taken for one message of
 * a user.
 * @throws InvalidArgument for JSON that is broken, or is no request
 */
export const toRequest = async (
  source: string,
  { isText = false }: { readonly isText?: boolean | undefined } = {},
): Promise<ModelRequest> => {
  const text = source.replace(/^\uFEFF/, '')
  return isText || !/^\s*[[{]/.test(text) ? { messages: [userText(text)] } : checkRequest(parse(text))
}
