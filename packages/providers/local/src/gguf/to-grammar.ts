import { isObject, type JsonSchema } from '@ashlar/core'

/** A schema in the subset that node-llama-cpp makes grammars of. */
export type GrammarSchema = Readonly<Record<string, unknown>>

/** Where a schema is read: the whole of it for references, and the references under way. */
interface Scope {
  readonly root: JsonSchema
  readonly open: readonly string[]
  /** Told of a property that may be null in place of being left out. */
  readonly onNull?: () => void
}

const anyJson: GrammarSchema = {
  oneOf: [
    { type: ['string', 'number', 'boolean', 'null'] },
    { type: 'array' },
    { type: 'object', additionalProperties: true },
  ],
}

const primitives: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null']

const isPrimitive = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)

/** Long repetitions make grammars that llama.cpp refuses. */
const longest = 1_000

const resolve = (reference: string, root: JsonSchema): JsonSchema | undefined => {
  let target: unknown = reference.startsWith('#') ? root : undefined
  for (const key of reference.slice(1).split('/').filter(Boolean))
    target = isObject(target) ? target[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  return isObject(target) ? target : undefined
}

const merged = (parts: readonly unknown[], rest: JsonSchema): JsonSchema => {
  const all = [rest, ...parts.filter(isObject)]
  return {
    ...Object.assign({}, ...all),
    allOf: undefined,
    properties: Object.assign({}, ...all.map(({ properties }) => properties)),
    required: all.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  }
}

/** References followed and `allOf` merged; undefined for what has no end or says nothing. */
const simplified = (schema: unknown, scope: Scope): { schema: JsonSchema; scope: Scope } | undefined => {
  if (!isObject(schema)) return undefined
  const { $ref, allOf } = schema
  if (typeof $ref === 'string') {
    if (scope.open.filter((reference) => reference === $ref).length > 1) return undefined
    return simplified(resolve($ref, scope.root), { ...scope, open: [...scope.open, $ref] })
  }
  return { schema: Array.isArray(allOf) ? merged(allOf, schema) : schema, scope }
}

const allowsNull = (given: unknown, scope: Scope): boolean => {
  const simple = simplified(given, scope)
  if (!simple) return true
  const { type, enum: choices, anyOf, oneOf, ...schema } = simple.schema
  const either = [anyOf, oneOf].find(Array.isArray)
  if (either) return either.some((choice) => allowsNull(choice, simple.scope))
  if ('const' in schema) return schema['const'] === null
  if (Array.isArray(choices)) return choices.includes(null)
  return type === undefined || type === 'null' || (Array.isArray(type) && type.includes('null'))
}

const requiredOf = ({ required }: JsonSchema): readonly unknown[] => (Array.isArray(required) ? required : [])

/** The grammar writes every property: one that may be left out may be null there instead. */
const objectOf = (schema: JsonSchema, scope: Scope): GrammarSchema => {
  const { properties, additionalProperties } = schema
  const required = requiredOf(schema)
  const known = Object.entries(isObject(properties) ? properties : {})
  const fields = known.map(([name, property]) => {
    const field = convert(property, scope)
    const isOpen = !required.includes(name) && !allowsNull(property, scope)
    if (isOpen) scope.onNull?.()
    return [name, isOpen ? { oneOf: [field, { type: 'null' }] } : field]
  })
  const more = isObject(additionalProperties)
    ? convert(additionalProperties, scope)
    : (additionalProperties ?? known.length === 0) === true
  return { type: 'object', properties: Object.fromEntries(fields), additionalProperties: more }
}

const arrayOf = ({ items, prefixItems, minItems, maxItems }: JsonSchema, scope: Scope): GrammarSchema => ({
  type: 'array',
  items: convert(items, scope),
  ...(Array.isArray(prefixItems) && { prefixItems: prefixItems.map((item) => convert(item, scope)) }),
  ...(typeof minItems === 'number' && { minItems }),
  ...(typeof maxItems === 'number' && maxItems <= longest && { maxItems }),
})

const stringOf = ({ minLength, maxLength, format }: JsonSchema): GrammarSchema => {
  if (format === 'date' || format === 'time' || format === 'date-time') return { type: 'string', format }
  return {
    type: 'string',
    ...(typeof minLength === 'number' && minLength <= longest && { minLength }),
    ...(typeof maxLength === 'number' && maxLength <= longest && { maxLength }),
  }
}

const typed = (schema: JsonSchema, type: unknown, scope: Scope): GrammarSchema => {
  if (Array.isArray(type))
    return type.every((name) => primitives.includes(name))
      ? { type }
      : { oneOf: type.map((name) => typed(schema, name, scope)) }
  if (type === 'object' || (type === undefined && isObject(schema['properties'])))
    return objectOf(schema, scope)
  if (type === 'array' || (type === undefined && isObject(schema['items']))) return arrayOf(schema, scope)
  if (type === 'string') return stringOf(schema)
  return primitives.includes(type) ? { type } : anyJson
}

const convert = (given: unknown, outer: Scope): GrammarSchema => {
  const simple = simplified(given, outer)
  if (!simple) return anyJson
  const { schema, scope } = simple
  const { description, anyOf, oneOf, enum: choices, type } = schema
  const told = typeof description === 'string' && { description }
  if ('const' in schema && isPrimitive(schema['const'])) return { const: schema['const'], ...told }
  if (Array.isArray(choices) && choices.every(isPrimitive)) return { enum: choices, ...told }
  const either = [anyOf, oneOf].find(Array.isArray)
  if (either) return { oneOf: either.map((choice) => convert(choice, scope)), ...told }
  return { ...typed(schema, type, scope), ...told }
}

/**
 * A JSON Schema as far as a grammar can hold a model to it: types, properties, enums, constants, alternatives,
 * short lengths and dates. Patterns and numeric limits are not held. What may be left out is written as null.
 */
export const toGrammarSchema = (schema: JsonSchema): GrammarSchema =>
  convert(schema, { root: schema, open: [] })

/** True when what the grammar writes may hold nulls that `fromGrammarValue` takes out. */
export const writesNulls = (schema: JsonSchema): boolean => {
  const seen: true[] = []
  convert(schema, { root: schema, open: [], onNull: () => seen.push(true) })
  return seen.length > 0
}

const clean = (given: unknown, value: unknown, outer: Scope): unknown => {
  const simple = simplified(given, outer)
  if (!simple || typeof value !== 'object' || value === null) return value
  const { schema, scope } = simple
  const either = [schema['anyOf'], schema['oneOf']].find(Array.isArray)
  if (either) return either.reduce((cleaned: unknown, choice) => clean(choice, cleaned, scope), value)
  if (Array.isArray(value)) return value.map((item) => clean(schema['items'], item, scope))
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const required = requiredOf(schema)
  const kept = Object.entries(value).filter(
    ([name, item]) =>
      item !== null ||
      required.includes(name) ||
      !(name in properties) ||
      allowsNull(properties[name], scope),
  )
  return Object.fromEntries(kept.map(([name, item]) => [name, clean(properties[name], item, scope)]))
}

/** Takes out the nulls that stand for properties left out. */
export const fromGrammarValue = (schema: JsonSchema, value: unknown): unknown =>
  clean(schema, value, { root: schema, open: [] })
