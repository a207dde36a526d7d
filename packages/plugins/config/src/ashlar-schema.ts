import type { JsonSchema } from '@ashlar/core'

const verdict = { enum: ['deny', 'ask', 'allow'] } as const

const model = {
  type: 'string',
  minLength: 1,
  description: 'The model: provider/id, such as "anthropic/claude-sonnet-4-5".',
} as const

const fallbacks = {
  type: 'array',
  items: { type: 'string', minLength: 1 },
  description: 'Models to ask, in this order, when the first one fails.',
} as const

const settings = {
  type: 'object',
  description: 'How the model is asked.',
  properties: {
    maxOutputTokens: { type: 'integer', minimum: 1 },
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    topP: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    seed: { type: 'integer' },
    reasoning: { enum: ['none', 'low', 'medium', 'high'] },
  },
  additionalProperties: false,
} as const

const limits = {
  type: 'object',
  description: 'What ends a run that goes on for too long.',
  properties: {
    steps: { type: 'integer', minimum: 1, description: 'Model calls in a run.' },
    tokens: { type: 'integer', minimum: 1, description: 'Tokens in a run, input and output.' },
    callsPerTurn: { type: 'integer', minimum: 1, description: 'Tool calls that one answer may make.' },
    parallelCalls: { type: 'integer', minimum: 1, description: 'Tool calls at the same time.' },
    toolTimeoutMs: { type: 'integer', minimum: 1, description: 'Milliseconds that a tool may take.' },
    repeats: {
      type: 'integer',
      minimum: 1,
      description: 'The same call with the same result, until the run ends.',
    },
  },
  additionalProperties: false,
} as const

const budget = {
  type: 'object',
  description: 'Money that may be spent.',
  properties: {
    usd: { type: 'number', minimum: 0, description: 'US dollars in a run, with all its sub-agents.' },
    usdPerDay: { type: 'number', minimum: 0, description: 'US dollars in a day.' },
  },
  additionalProperties: false,
} as const

const permissions = {
  type: 'object',
  description: 'What agents may do without being asked.',
  properties: {
    mode: {
      enum: ['plan', 'ask', 'auto'],
      description: 'plan: read only; ask: every effect; auto: as the tools say.',
    },
    tools: { type: 'object', description: 'By the name of a tool.', additionalProperties: verdict },
    denyPaths: {
      type: 'array',
      items: { type: 'string' },
      description: 'Files that no tool touches, as globs.',
    },
    allowCommands: {
      type: 'array',
      items: { type: 'string' },
      description: 'Commands that are run unasked, as globs.',
    },
  },
  additionalProperties: false,
} as const

const telemetry = {
  type: 'object',
  properties: {
    enabled: { type: 'boolean' },
    content: { type: 'boolean', description: 'Whether prompts and answers are captured.' },
  },
  additionalProperties: false,
} as const

const providers = {
  type: 'object',
  description: 'How providers are reached, by their name.',
  additionalProperties: {
    type: 'object',
    properties: {
      apiKey: {
        type: 'string',
        writeOnly: true,
        description: 'Best a reference: ${env:NAME} or ${command:…}.',
      },
      baseURL: { type: 'string', description: 'Where its API is.' },
      headers: { type: 'object', additionalProperties: { type: 'string', writeOnly: true } },
      timeoutMs: { type: 'integer', minimum: 1 },
    },
    additionalProperties: false,
  },
} as const

const agents = {
  type: 'object',
  description: 'Sections of agents, by their name: they go over everything else.',
  additionalProperties: {
    type: 'object',
    properties: {
      description: { type: 'string' },
      instructions: { type: 'string' },
      tools: { type: 'array', items: { type: 'string' }, description: 'The names of its tools.' },
      model,
      fallbacks,
      settings,
      limits,
      budget,
      permissions,
    },
    additionalProperties: false,
  },
} as const

/** The settings of Ashlar's own programs; for editors it is the file `@ashlar/config/schema.json`. */
export const ashlarSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Ashlar configuration',
  type: 'object',
  properties: {
    $schema: { type: 'string' },
    model,
    fallbacks,
    settings,
    limits,
    budget,
    permissions,
    telemetry,
    providers,
    agents,
  },
  additionalProperties: false,
}
