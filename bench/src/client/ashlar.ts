import { createAgent, tool } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import {
  addDescription,
  addSchema,
  apiKey,
  instructions,
  lookupDescription,
  lookupSchema,
  modelId,
  question,
} from '../prompts.ts'
import type { CreateSubject } from './subject.ts'

/** Ashlar as its users write it: everything through an agent. */
export const create: CreateSubject = ({ baseURL, tools }) => {
  const model = openai(modelId, { baseURL, apiKey })
  const bare = createAgent({ model })
  const agent = createAgent({
    model,
    instructions,
    tools: {
      lookup: tool({ description: lookupDescription, input: lookupSchema, execute: tools.lookup }),
      add: tool({ description: addDescription, input: addSchema, execute: tools.add }),
    },
  })
  return {
    complete: async () => (await bare.run(question)).text,
    loop: async () => (await agent.run(question)).text,
    stream: async (onText) => {
      for await (const text of bare.run(question).text) onText(text)
    },
  }
}
