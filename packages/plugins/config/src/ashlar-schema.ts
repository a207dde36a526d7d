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
  description: 'How the model is asked, where the code says nothing.',
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
  description:
    'What ends a run that goes on for too long. Lower steps, tokens and toolTimeoutMs hold for every agent that takes plugins; higher ones and the others where its file passes `limits` on.',
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

const globs = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
  ],
} as const

const why = { type: 'string', description: 'Shown to the person who is asked, and to the model.' } as const
const examples = { type: 'array', items: { type: 'string' } } as const

const rules = {
  type: 'array',
  description:
    'Rules about calls of tools, added to those that hold. Deny beats all, then the most specific.',
  items: {
    type: 'object',
    properties: {
      tool: { ...globs, description: 'Globs on the name of the tool, such as "workspace.*".' },
      verdict,
      agent: { ...globs, description: 'Globs on the name of the agent.' },
      input: {
        type: 'object',
        description: 'Globs by the path of a field of the input, such as { "path": "*.env" }.',
        additionalProperties: globs,
      },
      wildcards: {
        enum: ['safe', 'any'],
        description: 'safe: no shell operators, no ".." in what is allowed.',
      },
      why,
    },
    required: ['tool', 'verdict'],
    additionalProperties: false,
  },
} as const

const commands = {
  type: 'array',
  description: 'Rules about shell commands, added to those that hold. The strictest counts.',
  items: {
    type: 'object',
    properties: {
      pattern: {
        type: 'array',
        items: globs,
        minItems: 1,
        description: 'A glob, or several, for each of the first words: ["git", ["push", "pull"]].',
      },
      verdict,
      whole: { type: 'boolean', description: 'The pattern is the whole command, not its beginning.' },
      why,
      match: { ...examples, description: 'Commands it has to speak about: checked when it is loaded.' },
      notMatch: { ...examples, description: 'Commands it must not speak about.' },
    },
    required: ['pattern', 'verdict'],
    additionalProperties: false,
  },
} as const

const permissions = {
  type: 'object',
  description: 'What agents may do without being asked. References are not looked up in here.',
  properties: {
    mode: {
      enum: ['plan', 'ask', 'auto'],
      description: 'Where no rule speaks: plan: read only; ask: every effect; auto: all of it.',
    },
    tools: {
      type: 'object',
      description: 'By the name of a tool, or a glob.',
      additionalProperties: verdict,
    },
    rules,
    commands,
    yolo: {
      type: 'object',
      description: 'A session in which nobody is asked (--yolo), and what holds in it besides.',
      properties: {
        hours: { type: 'number', exclusiveMinimum: 0, maximum: 24, description: 'How long it lasts: 4.' },
        network: {
          type: 'boolean',
          description: 'Whether commands that are fenced in may use the network: false.',
        },
        readable: {
          type: 'array',
          items: { type: 'string', pattern: '^/' },
          description: 'Folders below the home that commands may read when they are fenced in.',
        },
        rules,
        commands,
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const

const telemetry = {
  type: 'object',
  description: 'For programs that send traces; the ashlar command sends none.',
  properties: {
    enabled: { type: 'boolean' },
    content: { type: 'boolean', description: 'Whether prompts and answers are captured.' },
  },
  additionalProperties: false,
} as const

const providers = {
  type: 'object',
  description:
    'How providers are reached, by their name; variables such as OPENAI_API_KEY go over it. Any with a baseURL may be named in `model`.',
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
      description: {
        type: 'string',
        description: 'For programs that make agents of this; the ashlar command takes that of the code.',
      },
      instructions: { type: 'string', description: 'For an agent whose code gives it none.' },
      tools: {
        type: 'array',
        items: { type: 'string' },
        description: 'The names of its tools: no others of those it has are used.',
      },
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
  $id: 'urn:ashlar:config:schema',
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
    redact: {
      type: 'boolean',
      description: 'Whether secrets are masked in what models read, and in what is shown and kept: true.',
    },
    telemetry,
    providers,
    agents,
  },
  additionalProperties: false,
}
