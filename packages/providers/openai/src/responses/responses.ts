import type { ModelRequest } from '@ashlar/core'
import type { ApiBody } from '../api-call.ts'
import type { OpenAIApi, RequestWriter } from '../request-writer.ts'
import { createToResponseRequest } from './to-request.ts'

/** What chat completions load on demand is loaded on demand here too, or whoever bundles only those would hold it. */
const createWriter = (writer: RequestWriter): ((request: ModelRequest) => Promise<ApiBody>) => {
  let toRequest: ReturnType<typeof createToResponseRequest> | undefined
  return async (request) => {
    toRequest ??= createToResponseRequest(writer, (await import('../strict-schema.ts')).toStrictSchema)
    return { path: '/responses', body: toRequest(request) }
  }
}

/**
 * OpenAI's responses API, where the thinking of a model travels back with its tool calls:
 * `openai('gpt-…', { api: responses })`. A value, so that who does not use it does not bundle it.
 */
export const responses: OpenAIApi = {
  name: 'responses',
  createWriter,
  loadReader: async () => (await import('./from-stream.ts')).readResponseAnswer,
}
