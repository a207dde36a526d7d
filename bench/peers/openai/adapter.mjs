import OpenAI from 'openai'

/** The official SDK: `create` for one call, `runTools` for a loop. */
export const create = ({ baseURL, tools, prompts }) => {
  const client = new OpenAI({ baseURL, apiKey: prompts.apiKey, maxRetries: 0 })
  const model = prompts.modelId
  const messages = [{ role: 'user', content: prompts.question }]
  const definitions = [
    {
      type: 'function',
      function: {
        name: 'lookup',
        description: prompts.lookupDescription,
        parameters: prompts.lookupSchema,
        parse: JSON.parse,
        function: tools.lookup,
      },
    },
    {
      type: 'function',
      function: {
        name: 'add',
        description: prompts.addDescription,
        parameters: prompts.addSchema,
        parse: JSON.parse,
        function: (input) => String(tools.add(input)),
      },
    },
  ]
  return {
    complete: async () =>
      (await client.chat.completions.create({ model, messages })).choices[0].message.content,
    loop: () =>
      client.chat.completions
        .runTools(
          {
            model,
            messages: [{ role: 'system', content: prompts.instructions }, ...messages],
            tools: definitions,
          },
          { maxChatCompletions: 20 },
        )
        .finalContent(),
    stream: async (onText) => {
      const stream = await client.chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      })
      for await (const chunk of stream) {
        const text = chunk.choices[0]?.delta.content
        if (text) onText(text)
      }
    },
  }
}
