import { ChatOpenAI } from '@langchain/openai'
import { createAgent, tool } from 'langchain'
import { z } from 'zod'

/** LangChain's agent on LangGraph; its chat model for the other two. */
export const create = ({ baseURL, tools, prompts }) => {
  const model = new ChatOpenAI({
    model: prompts.modelId,
    apiKey: prompts.apiKey,
    maxRetries: 0,
    configuration: { baseURL },
    useResponsesApi: false,
  })
  const agent = createAgent({
    model,
    systemPrompt: prompts.instructions,
    tools: [
      tool(tools.lookup, {
        name: 'lookup',
        description: prompts.lookupDescription,
        schema: z.object({ city: z.string() }),
      }),
      tool((input) => String(tools.add(input)), {
        name: 'add',
        description: prompts.addDescription,
        schema: z.object({ a: z.number(), b: z.number() }),
      }),
    ],
  })
  const messages = [{ role: 'user', content: prompts.question }]
  return {
    complete: async () => (await model.invoke(messages)).text,
    loop: async () => (await agent.invoke({ messages }, { recursionLimit: 100 })).messages.at(-1).text,
    stream: async (onText) => {
      for await (const chunk of await model.stream(messages)) if (chunk.text) onText(chunk.text)
    },
  }
}
