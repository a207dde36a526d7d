import type { ModelRequest } from '@ashlar/core'
import type { ApiBody } from './api-call.ts'
import { createChatReader } from './from-stream.ts'
import type { OpenAIApi, RequestWriter } from './request-writer.ts'
import type * as richContent from './rich-content.ts'
import { createToRequest, isRichRequest } from './to-request.ts'

/** Texts and calls are written at once; what else a request may hold is loaded by the first that does. */
const createWriter = (writer: RequestWriter): ((request: ModelRequest) => Promise<ApiBody>) => {
  let rich: typeof richContent | undefined
  const toRequest = createToRequest(writer, () => rich)
  return async (request) => {
    if (!rich && isRichRequest(request, writer)) rich = await import('./rich-content.ts')
    return { path: '/chat/completions', body: toRequest(request) }
  }
}

/** Chat completions: what every compatible server speaks. */
export const chat: OpenAIApi = { name: 'chat', createWriter, createReader: createChatReader }
