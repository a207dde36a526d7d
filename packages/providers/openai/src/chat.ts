import { createChatReader } from './from-stream.ts'
import type { OpenAIApi } from './request-writer.ts'
import { createToRequest } from './to-request.ts'

/** Chat completions: what every compatible server speaks. */
export const chat: OpenAIApi = {
  name: 'chat',
  createWriter: (writer) => {
    const toRequest = createToRequest(writer)
    return (request) => ({ path: '/chat/completions', body: toRequest(request) })
  },
  createReader: createChatReader,
}
