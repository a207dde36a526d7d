import { isObject } from '@ashlar/core'
import type { WireDialect } from '../wire/index.ts'

type Body = Readonly<Record<string, unknown>>

/** The value at a path of keys and indices; `undefined` where the path ends early. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner) && typeof key === 'number') return inner.at(key)
    return isObject(inner) ? inner[key] : undefined
  }, value)

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const parsed = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value)

/** Every object in the conversation, however deep: messages, items, blocks and parts. */
const objectsIn = (value: unknown): Record<string, unknown>[] => {
  if (Array.isArray(value)) return value.flatMap(objectsIn)
  return isObject(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : []
}

const conversation = (body: Body): Record<string, unknown>[] => objectsIn(body['messages'] ?? body['input'])

/** The instructions as they were sent. */
export const sentInstructions = (dialect: WireDialect, body: Body): string => {
  if (dialect === 'openai-responses' && typeof body['instructions'] === 'string') return body['instructions']
  if (dialect === 'anthropic')
    return typeof body['system'] === 'string'
      ? body['system']
      : list(body['system'])
          .map((block) => String(at(block, 'text')))
          .join('')
  const first = at(body['messages'] ?? body['input'], 0)
  const role = at(first, 'role')
  if (role !== 'system' && role !== 'developer') return ''
  const content = at(first, 'content')
  return typeof content === 'string' ? content : String(at(content, 0, 'text'))
}

export interface SentTool {
  readonly name: unknown
  readonly description: unknown
  readonly properties: string[]
}

/** The tools as they were sent. */
export const sentTools = (dialect: WireDialect, body: Body): SentTool[] =>
  list(body['tools']).map((tool) => {
    const spec = dialect === 'openai-chat' || dialect === 'ollama' ? at(tool, 'function') : tool
    const schema = at(spec, dialect === 'anthropic' ? 'input_schema' : 'parameters')
    return {
      name: at(spec, 'name'),
      description: at(spec, 'description'),
      properties: Object.keys(Object(at(schema, 'properties'))),
    }
  })

export interface SentCall {
  readonly id: unknown
  readonly name: unknown
  readonly input: unknown
}

/** The tool calls in the history that was sent. Ollama knows no ids but sends those it was given. */
export const sentCalls = (dialect: WireDialect, body: Body): SentCall[] => {
  if (dialect === 'openai-responses')
    return conversation(body)
      .filter(({ type }) => type === 'function_call')
      .map((item) => ({ id: item['call_id'], name: item['name'], input: parsed(item['arguments']) }))
  if (dialect === 'anthropic')
    return conversation(body)
      .filter(({ type }) => type === 'tool_use')
      .map(({ id, name, input }) => ({ id, name, input }))
  return conversation(body)
    .flatMap((message) => list(message['tool_calls']))
    .map((call) => ({
      id: at(call, 'id'),
      name: at(call, 'function', 'name'),
      input: parsed(at(call, 'function', 'arguments')),
    }))
}

export interface SentResult {
  /** The call's id; its name in Ollama. */
  readonly of: unknown
  readonly text: string
}

const textIn = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map((block) => at(block, 'text'))
        .filter((text) => typeof text === 'string')
        .join('')

/** The tool results that were sent. */
export const sentResults = (dialect: WireDialect, body: Body): SentResult[] => {
  const found = conversation(body)
  if (dialect === 'openai-responses')
    return found
      .filter(({ type }) => type === 'function_call_output')
      .map((item) => ({ of: item['call_id'], text: textIn(item['output']) }))
  if (dialect === 'anthropic')
    return found
      .filter(({ type }) => type === 'tool_result')
      .map((block) => ({ of: block['tool_use_id'], text: textIn(block['content']) }))
  const key = dialect === 'ollama' ? 'tool_name' : 'tool_call_id'
  return found
    .filter(({ role }) => role === 'tool')
    .map((message) => ({ of: message[key], text: textIn(message['content']) }))
}

/** The images that were sent: base64 or data URLs, and URLs. */
export const sentImages = (dialect: WireDialect, body: Body): string[] => {
  const found = conversation(body)
  if (dialect === 'ollama') return found.flatMap((message) => list(message['images']).map(String))
  if (dialect === 'openai-responses')
    return found.filter(({ type }) => type === 'input_image').map((part) => String(part['image_url']))
  if (dialect === 'openai-chat')
    return found
      .filter(({ type }) => type === 'image_url')
      .map((part) => String(at(part, 'image_url', 'url')))
  return found
    .filter(({ type }) => type === 'image')
    .map(({ source }) => {
      const url = at(source, 'url')
      return typeof url === 'string' ? url : `data:${at(source, 'media_type')};base64,${at(source, 'data')}`
    })
}

/** The schema the answer must fit, as it was sent. */
export const sentOutput = (dialect: WireDialect, body: Body): unknown => {
  if (dialect === 'openai-chat') return at(body, 'response_format', 'json_schema', 'schema')
  if (dialect === 'openai-responses') return at(body, 'text', 'format', 'schema')
  if (dialect === 'ollama') return body['format']
  return at(body, 'output_config', 'format', 'schema') ?? at(body, 'output_format', 'schema')
}

/** The signature of earlier reasoning, sent back as the vendor wants it. */
export const sentSignature = (dialect: WireDialect, body: Body): unknown => {
  const type = dialect === 'anthropic' ? 'thinking' : 'reasoning'
  const block = conversation(body).find((object) => object['type'] === type)
  return at(block, dialect === 'anthropic' ? 'signature' : 'encrypted_content')
}
