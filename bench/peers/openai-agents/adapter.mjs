import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents'
import { z } from 'zod'

/** OpenAI Agents on chat completions, its export of traces switched off. */
export const create = ({ baseURL, tools, prompts }) => {
  setTracingDisabled(true)
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ baseURL, apiKey: prompts.apiKey, useResponses: false }),
    tracingDisabled: true,
  })
  const model = prompts.modelId
  const bare = new Agent({ name: 'bare', model })
  const agent = new Agent({
    name: 'agent',
    instructions: prompts.instructions,
    model,
    tools: [
      tool({
        name: 'lookup',
        description: prompts.lookupDescription,
        parameters: z.object({ city: z.string() }),
        execute: tools.lookup,
      }),
      tool({
        name: 'add',
        description: prompts.addDescription,
        parameters: z.object({ a: z.number(), b: z.number() }),
        execute: (input) => String(tools.add(input)),
      }),
    ],
  })
  return {
    complete: async () => (await runner.run(bare, prompts.question)).finalOutput,
    loop: async () => (await runner.run(agent, prompts.question, { maxTurns: 20 })).finalOutput,
    stream: async (onText) => {
      const run = await runner.run(bare, prompts.question, { stream: true })
      for await (const text of run.toTextStream()) onText(text)
      await run.completed
    },
  }
}
