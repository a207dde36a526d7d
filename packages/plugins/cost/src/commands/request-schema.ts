import { InvalidArgument, isObject, type JsonObject, type ModelRequest } from '@ashlar/core'
import { describeIssues, toValidator } from '@ashlar/core/schema'

const text = { type: 'string' }
const object = { type: 'object' }
const count = { type: 'integer', minimum: 1 }
const partTypes: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image', 'file'],
  assistant: ['text', 'reasoning', 'tool-call'],
  tool: ['tool-result'],
}
const requiredOf: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  reasoning: ['text'],
  file: ['mediaType'],
  'tool-call': ['callId', 'name'],
  'tool-result': ['callId', 'name', 'output'],
}

const part = (types: readonly string[], required: readonly string[] = []): JsonObject => ({
  type: 'object',
  required: ['type', ...required],
  properties: {
    type: { enum: [...types] },
    text,
    data: text,
    url: text,
    mediaType: text,
    name: text,
    callId: text,
    output: text,
    content: { type: 'array', items: object },
    providerData: object,
  },
})

const messages = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['role', 'content'],
    properties: { role: { enum: Object.keys(partTypes) }, content: { type: 'array', items: object } },
  },
}

const requestSchema: JsonObject = {
  type: 'object',
  required: ['messages'],
  additionalProperties: false,
  properties: {
    messages,
    instructions: text,
    tools: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'description', 'inputSchema'],
        properties: { name: text, description: text, inputSchema: object },
      },
    },
    toolChoice: { anyOf: [{ enum: ['auto', 'none', 'required'] }, { ...object, required: ['tool'] }] },
    output: object,
    maxOutputTokens: count,
    temperature: { type: 'number' },
    topP: { type: 'number' },
    stop: { type: 'array', items: text },
    seed: { type: 'integer' },
    reasoning: {
      anyOf: [
        { enum: ['none', 'low', 'medium', 'high'] },
        { type: 'object', required: ['maxTokens'], properties: { maxTokens: count } },
      ],
    },
    deltas: { type: 'boolean' },
    deadline: { type: 'number' },
    providerOptions: { type: 'object', additionalProperties: object },
  },
}

const problemOf = async (schema: JsonObject, value: unknown): Promise<string | undefined> => {
  const { issues } = await toValidator(schema)(value)
  return issues && describeIssues(issues.slice(0, 3))
}

const problemOfPart = async (value: unknown, types: readonly string[]): Promise<string | undefined> => {
  const problem = await problemOf(part(types), value)
  if (problem !== undefined || !isObject(value)) return problem
  const type = String(value['type'])
  const isEmpty = (type === 'image' || type === 'file') && !('data' in value || 'url' in value)
  if (isEmpty) return 'data or url: required'
  const inside = type === 'tool-result' && Array.isArray(value['content']) ? value['content'] : []
  for (const [index, each] of inside.entries()) {
    const found = await problemOfPart(each, partTypes['user'] ?? [])
    if (found !== undefined) return `content.${index}.${found}`
  }
  return problemOf(part(types, requiredOf[type]), value)
}

const problemOfParts = async (request: ModelRequest): Promise<string | undefined> => {
  for (const [index, { role, content }] of request.messages.entries())
    for (const [at, each] of content.entries()) {
      const problem = await problemOfPart(each, partTypes[role] ?? [])
      if (problem !== undefined) return `messages.${index}.content.${at}.${problem}`
    }
  return undefined
}

const hasShape = (value: unknown, problem: string | undefined): value is ModelRequest =>
  problem === undefined && isObject(value)

/** What JSON says, as a request that has all it must and nothing else. @throws InvalidArgument saying what is wrong where */
export const checkRequest = async (value: unknown): Promise<ModelRequest> => {
  const problem = await problemOf(requestSchema, value)
  const isRequest = hasShape(value, problem)
  const wrong = isRequest ? await problemOfParts(value) : problem
  if (!isRequest || wrong !== undefined)
    throw new InvalidArgument(
      'request',
      'JSON like { messages: [{ role, content: [{ type, … }] }], … }, or --text for a text that looks like JSON',
      wrong?.replaceAll('"', "'"),
    )
  return value
}
