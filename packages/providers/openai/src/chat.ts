import type { ModelRequest } from '@ashlar/core'
import type { ApiBody } from './api-call.ts'
import type { OpenAIApi } from './request-writer.ts'
import type * as richContent from './rich-content.ts'
import { createToRequest, isRichRequest } from './to-request.ts'

/** Texts and calls are written at once; what else a request may hold is loaded by the first that does. */
const createWriter: OpenAIApi['createWriter'] = (writer) => {
  let rich: typeof richContent | undefined
  const toRequest = createToRequest(writer, () => rich)
  const write = (request: ModelRequest): ApiBody => ({ path: '/chat/completions', body: toRequest(request) })
  return (request) => {
    if (rich || !isRichRequest(request, writer)) return write(request)
    return import('./rich-content.ts').then((loaded) => {
      rich = loaded
      return write(request)
    })
  }
}

/** Chat completions: what every compatible server speaks. */
export const chat: OpenAIApi = {
  name: 'chat',
  createWriter,
  loadReader: async () => (await import('./from-stream.ts')).readChatAnswer,
}
