import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import { z } from 'zod'

/** Mastra's agent over the AI SDK's provider. */
export const create = ({ baseURL, tools, prompts }) => {
  const provider = createOpenAICompatible({
    name: 'bench',
    baseURL,
    apiKey: prompts.apiKey,
    includeUsage: true,
  })
  const model = provider(prompts.modelId)
  const bare = new Agent({ id: 'bare', name: 'bare', instructions: '', model, maxRetries: 0 })
  const agent = new Agent({
    id: 'agent',
    name: 'agent',
    instructions: prompts.instructions,
    model,
    maxRetries: 0,
    tools: {
      lookup: createTool({
        id: 'lookup',
        description: prompts.lookupDescription,
        inputSchema: z.object({ city: z.string() }),
        execute: async (input) => tools.lookup(input),
      }),
      add: createTool({
        id: 'add',
        description: prompts.addDescription,
        inputSchema: z.object({ a: z.number(), b: z.number() }),
        execute: async (input) => tools.add(input),
      }),
    },
  })
  return {
    complete: async () => (await bare.generate(prompts.question)).text,
    loop: async () => (await agent.generate(prompts.question, { maxSteps: 20 })).text,
    stream: async (onText) => {
      const run = await bare.stream(prompts.question)
      for await (const text of run.textStream) onText(text)
    },
  }
}
