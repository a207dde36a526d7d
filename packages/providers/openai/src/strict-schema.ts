import type { JsonSchema } from '@ashlar/core'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What strict mode knows. Source: platform.openai.com/docs/guides/structured-outputs#supported-schemas */
const supported: ReadonlySet<string> = new Set(
  `type properties required additionalProperties items anyOf enum const $ref $defs definitions description title
  default pattern format multipleOf maximum exclusiveMaximum minimum exclusiveMinimum minItems maxItems`.split(
    /\s+/,
  ),
)
const mapsOfSchemas: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])

/** The schemas directly inside one. */
const inner = (schema: Record<string, unknown>): unknown[] =>
  Object.entries(schema).flatMap(([keyword, value]) => {
    if (mapsOfSchemas.has(keyword)) return isObject(value) ? Object.values(value) : [value]
    if (keyword === 'items') return [value]
    return keyword === 'anyOf' && Array.isArray(value) ? value : []
  })

const isClosable = (schema: Record<string, unknown>): boolean => {
  const { properties = {}, required = [], additionalProperties = false } = schema
  if (additionalProperties !== false || !isObject(properties) || !Array.isArray(required)) return false
  return Object.keys(properties).every((key) => required.includes(key))
}

const fits = (schema: unknown): boolean =>
  isObject(schema) &&
  Object.keys(schema).every((keyword) => supported.has(keyword)) &&
  (schema['type'] !== 'object' || isClosable(schema)) &&
  inner(schema).every(fits)

const close = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(close)
  if (!isObject(schema)) return schema
  const closed: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema))
    if (mapsOfSchemas.has(keyword) && isObject(value))
      closed[keyword] = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, close(one)]))
    else closed[keyword] = keyword === 'items' || keyword === 'anyOf' ? close(value) : value
  if (schema['type'] !== 'object') return closed
  return { properties: {}, required: [], ...closed, additionalProperties: false }
}

/**
 * The schema as OpenAI's strict mode takes it: with its objects closed. Undefined where that would change what may
 * be answered (an optional property would become required, say) or strict mode does not know a keyword.
 */
export const toStrictSchema = (schema: JsonSchema): Record<string, unknown> | undefined => {
  const { $schema: _, ...root } = schema
  const closed = root['type'] === 'object' && fits(root) ? close(root) : undefined
  return isObject(closed) ? closed : undefined
}
