import { generateText } from '@xsai/generate-text'
import { streamText } from '@xsai/stream-text'
import { rawTool } from '@xsai/tool'

/** xsAI: `generateText` and `streamText`. */
export const create = ({ baseURL, tools, prompts }) => {
  const user = { role: 'user', content: prompts.question }
  const call = { baseURL: `${baseURL}/`, apiKey: prompts.apiKey, model: prompts.modelId }
  const definitions = [
    rawTool({
      name: 'lookup',
      description: prompts.lookupDescription,
      parameters: prompts.lookupSchema,
      execute: tools.lookup,
    }),
    rawTool({
      name: 'add',
      description: prompts.addDescription,
      parameters: prompts.addSchema,
      execute: (input) => String(tools.add(input)),
    }),
  ]
  return {
    complete: async () => (await generateText({ ...call, messages: [user] })).text,
    loop: async () => {
      const messages = [{ role: 'system', content: prompts.instructions }, user]
      return (await generateText({ ...call, messages, tools: definitions, maxSteps: 20 })).text
    },
    stream: async (onText) => {
      const { textStream } = streamText({
        ...call,
        messages: [user],
        streamOptions: { includeUsage: true },
      })
      for await (const text of textStream) onText(text)
    },
  }
}
