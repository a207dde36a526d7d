import { Agent, type IncomingMessage, request } from 'node:http'
import { apiKey, modelId, question } from '../prompts.ts'
import { runChatLoop, type SendChat } from './chat-loop.ts'
import { readChatStream } from './chat-stream.ts'
import type { CreateSubject } from './subject.ts'

/** `node:http` with kept connections: the floor for a library without native code. */
export const create: CreateSubject = ({ baseURL, tools }) => {
  const { hostname, port, pathname } = new URL(`${baseURL}/chat/completions`)
  const agent = new Agent({ keepAlive: true })
  const post = (text: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        authorization: `Bearer ${apiKey}`,
      }
      request({ hostname, port, path: pathname, method: 'POST', agent, headers }, resolve)
        .on('error', reject)
        .end(text)
    })
  const textOf = (response: IncomingMessage): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = ''
      response
        .setEncoding('utf8')
        .on('data', (more: string) => (text += more))
        .on('end', () => resolve(text))
        .on('error', reject)
    })
  const send: SendChat = async (body) => JSON.parse(await textOf(await post(JSON.stringify(body))))
  const messages = [{ role: 'user', content: question }]
  return {
    complete: async () => (await send({ model: modelId, messages })).choices[0]?.message.content ?? '',
    loop: () => runChatLoop(send, tools),
    stream: async (onText) =>
      readChatStream(await post(JSON.stringify({ model: modelId, messages, stream: true })), onText),
  }
}
