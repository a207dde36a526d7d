/** What all subjects send, so that request bodies are alike. */
export const modelId = 'bench-model'
export const apiKey = 'bench-key'
export const instructions = 'You are a careful assistant. Use the tools, then answer in one sentence.'
export const question = 'Look up the cities, add the numbers, and tell me the answer.'

export const lookupDescription = 'Looks up a city.'
export const lookupSchema = {
  type: 'object',
  properties: { city: { type: 'string', description: 'The name of the city' } },
  required: ['city'],
  additionalProperties: false,
} as const

export const addDescription = 'Adds two numbers.'
export const addSchema = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
  additionalProperties: false,
} as const
