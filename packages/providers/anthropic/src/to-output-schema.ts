import { InvalidArgument, isObject, type JsonSchema } from '@ashlar/core'

const formats: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])

/** Kept where they are; what they say is not a constraint the decoder must know. */
const annotations = ['title', 'description'] as const
/** Constrain nothing: left out without a word. */
const silent: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  'default',
  'examples',
  'deprecated',
])

const isLiteral = (value: unknown): boolean => value === null || typeof value !== 'object'

const refuse = (path: string, expected: string, received: string): never => {
  throw new InvalidArgument(`output${path}`, expected, received)
}

type Written = Record<string, unknown>
type Write = (schema: unknown, path: string) => Written

const each = (schemas: unknown, path: string): Written => {
  const written: Written = {}
  if (isObject(schemas))
    for (const [key, schema] of Object.entries(schemas)) written[key] = write(schema, `${path}.${key}`)
  return written
}

const list = (schemas: readonly unknown[], path: string): Written[] =>
  schemas.map((schema, index) => write(schema, `${path}[${index}]`))

const writeObject: Write = (schema, path) => {
  if (!isObject(schema)) return {}
  const { properties, required, additionalProperties } = schema
  if (isObject(additionalProperties) || (!isObject(properties) && additionalProperties !== false))
    refuse(
      path,
      "an object with fixed properties (Anthropic's structured output has no maps)",
      'an open object',
    )
  return {
    properties: each(properties, path),
    ...(Array.isArray(required) && { required }),
    additionalProperties: false,
  }
}

/** The part of a schema that depends on its type, as far as the API takes it. */
const writeTyped = (schema: Readonly<Record<string, unknown>>, path: string): Written => {
  const { type, format, items, minItems } = schema
  if (type === 'object') return { type, ...writeObject(schema, path) }
  if (type === 'array')
    return {
      type,
      ...(items !== undefined && { items: write(items, `${path}[]`) }),
      ...((minItems === 0 || minItems === 1) && { minItems }),
    }
  if (type === 'string' && formats.has(format)) return { type, format }
  return typeof type === 'string'
    ? { type }
    : refuse(path, 'a type, an enum, a const or anyOf (Anthropic takes no "anything")', 'none of them')
}

/** `type: ['string', 'null']` as one schema a type. */
const alternatives = (schema: Readonly<Record<string, unknown>>, types: readonly unknown[]): Written[] => {
  const {
    title: _title,
    description: _description,
    $defs: _defs,
    definitions: _definitions,
    ...rest
  } = schema
  return types.map((type) => (type === 'null' ? { type } : { ...rest, type }))
}

const writeBody = (schema: Readonly<Record<string, unknown>>, path: string): Written => {
  const { anyOf, oneOf, allOf, type } = schema
  const choices = Array.isArray(anyOf) ? anyOf : oneOf
  if (Array.isArray(choices)) return { anyOf: list(choices, path) }
  if (Array.isArray(allOf)) return { allOf: list(allOf, path) }
  if (Array.isArray(schema['enum']) && schema['enum'].every(isLiteral)) return { enum: schema['enum'] }
  if (schema['const'] !== undefined && isLiteral(schema['const'])) return { const: schema['const'] }
  if (Array.isArray(type)) return { anyOf: list(alternatives(schema, type), path) }
  return writeTyped(schema, path)
}

/** Constraints the API does not take become a hint in the description; the answer is checked against them anyway. */
const hintOf = (schema: Readonly<Record<string, unknown>>, written: Written): string | undefined => {
  if (Array.isArray(schema['type']) && 'anyOf' in written) return undefined
  const hints: string[] = []
  for (const [key, value] of Object.entries(schema)) {
    const known = key in written || silent.has(key) || key === 'type' || key === 'oneOf'
    // Schema libraries write the bounds of JavaScript's integers on every integer.
    const isBound = Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER
    if (!known && !isBound) hints.push(`${key}: ${JSON.stringify(value)}`)
  }
  return hints.length > 0 ? `{${hints.join(', ')}}` : undefined
}

const write: Write = (schema, path) => {
  if (!isObject(schema)) return refuse(path, 'a schema object', JSON.stringify(schema))
  const written: Written = {}
  for (const key of ['$defs', 'definitions'])
    if (isObject(schema[key])) written[key] = each(schema[key], `${path}.${key}`)
  // Beside a reference the API takes definitions only.
  if (typeof schema['$ref'] === 'string') return { ...written, $ref: schema['$ref'] }
  for (const key of annotations) if (schema[key] !== undefined) written[key] = schema[key]
  Object.assign(written, writeBody(schema, path))
  const hint = hintOf(schema, written)
  if (hint) written['description'] = [schema['description'], hint].filter(Boolean).join('\n\n')
  return written
}

/**
 * A JSON Schema as `output_config.format` takes it: objects closed, constraints the API does not know moved
 * into descriptions ("Structured outputs", JSON Schema limitations).
 * @throws InvalidArgument naming the place that cannot be expressed
 */
export const toOutputSchema = (schema: JsonSchema): Record<string, unknown> => write(schema, '')
