import type { OpenAIApi } from '../request-writer.ts'
import { createResponseReader } from './from-stream.ts'
import { createToResponseRequest } from './to-request.ts'

/**
 * OpenAI's responses API, where the thinking of a model travels back with its tool calls:
 * `openai('gpt-…', { api: responses })`. A value, so that who does not use it does not bundle it.
 */
export const responses: OpenAIApi = {
  name: 'responses',
  createWriter: (writer) => {
    const toRequest = createToResponseRequest(writer)
    return (request) => ({ path: '/responses', body: toRequest(request) })
  },
  createReader: createResponseReader,
}
