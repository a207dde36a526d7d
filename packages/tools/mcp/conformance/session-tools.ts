import { setTimeout as sleep } from 'node:timers/promises'
import type { ElicitRequestFormParams, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })

const defaults: ElicitRequestFormParams['requestedSchema'] = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'Name', default: 'John Doe' },
    age: { type: 'integer', description: 'Age', default: 30 },
    score: { type: 'number', description: 'Score', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  required: [],
}

const options = ['option1', 'option2', 'option3']
const titled = (noun: string) =>
  ['First', 'Second', 'Third'].map((ordinal, index) => ({
    const: `value${index + 1}`,
    title: `${ordinal} ${noun}`,
  }))

const choices: ElicitRequestFormParams['requestedSchema'] = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled('Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled('Choice') } },
  },
  required: [],
}

const reply: ElicitRequestFormParams['requestedSchema'] = {
  type: 'object',
  properties: { response: { type: 'string', description: 'What you say' } },
  required: ['response'],
}

const registerElicitation = (server: McpServer): void => {
  const elicit = (
    name: string,
    message: string,
    requestedSchema: ElicitRequestFormParams['requestedSchema'],
  ) =>
    server.registerTool(
      name,
      { description: message, inputSchema: z.object({ message: z.string().optional() }) },
      async (input, { mcpReq }) => {
        const { action, content = {} } = await mcpReq.elicitInput({
          message: input.message ?? message,
          requestedSchema,
        })
        return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)
      },
    )
  elicit('test_elicitation', 'Say something', reply)
  elicit('test_elicitation_sep1034_defaults', 'Look through the defaults', defaults)
  elicit('test_elicitation_sep1330_enums', 'Choose', choices)
}

/** What servers could do in the protocol's versions with sessions: ask, sample, log, close a stream and go on in the next. */
export const registerSessionTools = (server: McpServer): void => {
  registerElicitation(server)
  server.registerTool(
    'test_sampling',
    { description: 'Samples', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const { content } = await mcpReq.requestSampling({
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      })
      return text(`LLM response: ${JSON.stringify(content)}`)
    },
  )
  const log = async (notify: (data: string) => Promise<void>) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await notify(data)
      await sleep(20)
    }
    return text('logged three times')
  }
  for (const name of ['test_tool_with_logging', 'test_logging_tool'])
    server.registerTool(name, { description: 'Logs three times' }, ({ mcpReq }) =>
      log((data) => mcpReq.log('info', data)),
    )
  server.registerTool(
    'test_reconnection',
    { description: 'Closes its stream and goes on' },
    async ({ http }) => {
      http?.closeSSE?.()
      await sleep(100)
      return text('The client came back for this.')
    },
  )
}
