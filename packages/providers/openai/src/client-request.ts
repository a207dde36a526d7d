import type OpenAI from 'openai'
import type { ApiBody } from './api-call.ts'

/** Asks through a configured client of the official SDK. */
export const requestThrough = (client: OpenAI, call: ApiBody, options: object): Promise<Response> => {
  if (call.path === '/chat/completions')
    return client.chat.completions.create(call.body, options).asResponse()
  if (call.path === '/responses') return client.responses.create(call.body, options).asResponse()
  return client.embeddings.create(call.body, options).asResponse()
}
