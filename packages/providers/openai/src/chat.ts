import type { ModelRequest } from '@ashlar/core'
import type { ApiBody } from './api-call.ts'
import { createChatReader } from './from-stream.ts'
import type { OpenAIApi, RequestWriter } from './request-writer.ts'
import { createToRequest, isRichRequest } from './to-request.ts'

/** Texts and calls are written at once; what else a request may hold is loaded by the first that does. */
const createWriter = (writer: RequestWriter): ((request: ModelRequest) => ApiBody | Promise<ApiBody>) => {
  let toRequest = createToRequest(writer)
  let isLoaded = false
  const write = (request: ModelRequest): ApiBody => ({ path: '/chat/completions', body: toRequest(request) })
  const load = async (request: ModelRequest): Promise<ApiBody> => {
    toRequest = createToRequest(writer, await import('./rich-content.ts'))
    isLoaded = true
    return write(request)
  }
  return (request) => (isLoaded || !isRichRequest(request, writer) ? write(request) : load(request))
}

/** Chat completions: what every compatible server speaks. */
export const chat: OpenAIApi = { name: 'chat', createWriter, createReader: createChatReader }
