import { type ChatAnswer, runChatLoop, type SendChat } from './chat-loop.ts'
import { readChatStream } from './chat-stream.ts'
import type { CreateSubject } from './subject.ts'
import { apiKey, modelId, question } from '../prompts.ts'

/** Raw global fetch: what everything is a multiple of. */
export const create: CreateSubject = ({ baseURL, tools }) => {
  const url = `${baseURL}/chat/completions`
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` }
  const send: SendChat = async (body) => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return (await response.json()) as ChatAnswer
  }
  const messages = [{ role: 'user', content: question }]
  return {
    complete: async () => (await send({ model: modelId, messages })).choices[0]?.message.content ?? '',
    loop: () => runChatLoop(send, tools),
    stream: async (onText) => {
      const body = JSON.stringify({ model: modelId, messages, stream: true })
      const response = await fetch(url, { method: 'POST', headers, body })
      if (!response.body) throw new Error(`HTTP ${response.status}`)
      await readChatStream(response.body, onText)
    },
  }
}
