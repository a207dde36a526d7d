import { describe, expect, it } from 'vitest'
import { countRequest } from './count-request.ts'

/** The request of OpenAI's cookbook, "How to count tokens with tiktoken", section 7, with the counts the API gave. */
const unit = {
  type: 'string',
  description: 'The unit of temperature to return',
  enum: ['celsius', 'fahrenheit'],
}
const location = { type: 'string', description: 'The city and state, e.g. San Francisco, CA' }
const request = {
  instructions: 'You are a helpful assistant that can answer to questions about the weather.',
  messages: [
    {
      role: 'user' as const,
      content: [{ type: 'text' as const, text: "What's the weather like in San Francisco?" }],
    },
  ],
  tools: [
    {
      name: 'get_current_weather',
      description: 'Get the current weather in a given location',
      inputSchema: { type: 'object', properties: { location, unit }, required: ['location'] },
    },
  ],
}

describe('tools', () => {
  it.each([
    ['gpt-3.5-turbo', 105],
    ['gpt-4', 105],
    ['gpt-4o', 101],
    ['gpt-4o-mini', 101],
    ['openai/gpt-4o-2024-08-06', 101],
  ])('are counted as OpenAI counts them for %s', async (modelId, tokens) => {
    expect(await countRequest(request, { modelId })).toEqual({ tokens, exact: true })
  })

  it.each([
    ['another model', 'gpt-5.4-mini', { location }],
    [
      'a nested property',
      'gpt-4o',
      { place: { type: 'object', description: 'Where', properties: { location } } },
    ],
    ['a property without description', 'gpt-4o', { location: { type: 'string' } }],
    ['choices that are no texts', 'gpt-4o', { n: { type: 'number', description: 'n', enum: [1, 2] } }],
  ])('are an estimate for %s', async (_, modelId, properties) => {
    const tools = [{ name: 'f', description: 'F', inputSchema: { type: 'object', properties } }]
    expect((await countRequest({ ...request, tools }, { modelId })).exact).toBe(false)
  })
})
