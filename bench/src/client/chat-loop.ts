import {
  addDescription,
  addSchema,
  instructions,
  lookupDescription,
  lookupSchema,
  modelId,
  question,
} from '../prompts.ts'
import type { BenchTools } from './subject.ts'

interface ChatMessage {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
  readonly tool_call_id?: string
}

/** What is read of a completion. */
export interface ChatAnswer {
  readonly choices: readonly { readonly message: ChatMessage }[]
}

/** Sends one body, and parses the answer. */
export type SendChat = (body: object) => Promise<ChatAnswer>

const definitions = [
  {
    type: 'function',
    function: { name: 'lookup', description: lookupDescription, parameters: lookupSchema },
  },
  { type: 'function', function: { name: 'add', description: addDescription, parameters: addSchema } },
]

/** The agent loop written by hand: nothing but JSON, a request and the tool, round by round. */
export const runChatLoop = async (send: SendChat, tools: BenchTools): Promise<string> => {
  const messages: ChatMessage[] = [
    { role: 'system', content: instructions },
    { role: 'user', content: question },
  ]
  for (;;) {
    const answer = await send({ model: modelId, messages, tools: definitions })
    const message = answer.choices[0]?.message
    if (!message?.tool_calls) return message?.content ?? ''
    messages.push(message)
    for (const call of message.tool_calls) {
      const input = JSON.parse(call.function.arguments)
      const content = call.function.name === 'lookup' ? tools.lookup(input) : String(tools.add(input))
      messages.push({ role: 'tool', tool_call_id: call.id, content })
    }
  }
}
