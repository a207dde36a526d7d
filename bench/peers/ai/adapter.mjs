import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, stepCountIs, streamText, tool, ToolLoopAgent } from 'ai'
import { z } from 'zod'

/** The AI SDK: `generateText`, `ToolLoopAgent` and `streamText`. */
export const create = ({ baseURL, tools, prompts }) => {
  const provider = createOpenAICompatible({
    name: 'bench',
    baseURL,
    apiKey: prompts.apiKey,
    includeUsage: true,
  })
  const model = provider(prompts.modelId)
  const agent = new ToolLoopAgent({
    model,
    instructions: prompts.instructions,
    maxRetries: 0,
    stopWhen: stepCountIs(20),
    tools: {
      lookup: tool({
        description: prompts.lookupDescription,
        inputSchema: z.object({ city: z.string() }),
        execute: tools.lookup,
      }),
      add: tool({
        description: prompts.addDescription,
        inputSchema: z.object({ a: z.number(), b: z.number() }),
        execute: tools.add,
      }),
    },
  })
  return {
    complete: async () => (await generateText({ model, prompt: prompts.question, maxRetries: 0 })).text,
    loop: async () => (await agent.generate({ prompt: prompts.question })).text,
    stream: async (onText) => {
      for await (const text of streamText({ model, prompt: prompts.question, maxRetries: 0 }).textStream)
        onText(text)
    },
  }
}
