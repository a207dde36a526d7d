import { Agent } from '@earendil-works/pi-agent-core'
import { Type } from '@earendil-works/pi-ai'
import { streamSimple } from '@earendil-works/pi-ai/api/openai-completions'

const textOf = ({ content }) => content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')

/** pi, which streams on the wire whatever is asked. An agent keeps its transcript, so each run has its own. */
export const create = ({ baseURL, tools, prompts }) => {
  const model = {
    id: prompts.modelId,
    name: prompts.modelId,
    api: 'openai-completions',
    provider: 'bench',
    baseUrl: baseURL,
    reasoning: false,
    input: ['text'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 128_000,
    maxTokens: 4096,
  }
  const toResult = (text) => ({ content: [{ type: 'text', text }], details: {} })
  const definitions = [
    {
      name: 'lookup',
      label: 'lookup',
      description: prompts.lookupDescription,
      parameters: Type.Object({ city: Type.String() }),
      execute: async (_, input) => toResult(tools.lookup(input)),
    },
    {
      name: 'add',
      label: 'add',
      description: prompts.addDescription,
      parameters: Type.Object({ a: Type.Number(), b: Type.Number() }),
      execute: async (_, input) => toResult(String(tools.add(input))),
    },
  ]
  const createAgent = (initialState) =>
    new Agent({
      initialState: { model, ...initialState },
      streamFn: streamSimple,
      getApiKey: () => prompts.apiKey,
    })
  const answerOf = async (agent) => {
    await agent.prompt(prompts.question)
    return textOf(agent.state.messages.findLast(({ role }) => role === 'assistant'))
  }
  return {
    complete: () => answerOf(createAgent({})),
    loop: () => answerOf(createAgent({ systemPrompt: prompts.instructions, tools: definitions })),
    stream: async (onText) => {
      const agent = createAgent({})
      agent.subscribe((event) => {
        if (event.type === 'message_update' && event.assistantMessageEvent.type === 'text_delta')
          onText(event.assistantMessageEvent.delta)
      })
      await agent.prompt(prompts.question)
    },
  }
}
