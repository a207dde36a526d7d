import { isObject, type JsonSchema } from '@ashlar/core'
import type { ConfigPath } from './origin.ts'

/** What a JSON Schema says of one place: itself, what it refers to, and its alternatives. */
export interface SchemaView {
  /** The schemas that hold or may hold here. */
  readonly schemas: readonly JsonSchema[]
  /** Keys that have a meaning of their own. */
  readonly keys: readonly string[]
  /** Whether other keys may be there. */
  readonly isOpen: boolean
  /** What is below a key or an item. */
  readonly at: (key: string | number) => SchemaView
}

const resolve = (reference: unknown, root: JsonSchema): JsonSchema | undefined => {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined
  let target: unknown = root
  for (const key of reference.slice(1).split('/').filter(Boolean))
    target = isObject(target) ? target[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  return isObject(target) ? target : undefined
}

/** A schema with everything it is made of; each once, so that one that refers to itself ends. */
const expand = (schema: unknown, root: JsonSchema, seen = new Set<JsonSchema>()): JsonSchema[] => {
  if (!isObject(schema) || seen.has(schema)) return []
  seen.add(schema)
  const { allOf, anyOf, oneOf } = schema
  const parts = [allOf, anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []))
  const target = resolve(schema['$ref'], root)
  return [schema, ...[...parts, target].flatMap((part) => expand(part, root, seen))]
}

const propertiesOf = ({ properties }: JsonSchema): Record<string, unknown> =>
  isObject(properties) ? properties : {}

const takesOthers = (schema: JsonSchema): boolean => {
  const { additionalProperties: others, patternProperties } = schema
  if (isObject(patternProperties)) return true
  if (others !== undefined) return others !== false
  // A plain `object` may hold anything; one that lists its keys means those.
  return schema['type'] === 'object' && !isObject(schema['properties'])
}

const belowOf = (schema: JsonSchema, key: string | number): unknown => {
  if (typeof key === 'number') return schema['items']
  const properties = propertiesOf(schema)
  return Object.hasOwn(properties, key) ? properties[key] : schema['additionalProperties']
}

/** @param root the whole document, for references */
export const viewSchema = (schema: unknown, root: JsonSchema): SchemaView => {
  const schemas = expand(schema, root)
  return {
    schemas,
    get keys() {
      return [...new Set(schemas.flatMap((each) => Object.keys(propertiesOf(each))))]
    },
    get isOpen() {
      const describing = schemas.filter(
        (each) =>
          each['type'] !== undefined || 'properties' in each || each['additionalProperties'] !== undefined,
      )
      return describing.length === 0 || describing.some(takesOthers)
    },
    at: (key) => {
      const below = schemas.map((each) => belowOf(each, key)).filter(isObject)
      return below.length === 1 ? viewSchema(below[0], root) : viewSchema({ anyOf: below }, root)
    },
  }
}

/** What a schema says of a path. */
export const viewAt = (view: SchemaView, path: ConfigPath): SchemaView =>
  path.reduce<SchemaView>((above, key) => above.at(key), view)

/** The `default`s that a schema gives to its keys, as data; `undefined` when it gives none. */
export const defaultsOf = (view: SchemaView, depth = 16): unknown => {
  const given = view.schemas.find((schema) => schema['default'] !== undefined)
  if (given) return given['default']
  if (depth === 0) return undefined
  const entries = view.keys
    .map((key) => [key, defaultsOf(view.at(key), depth - 1)] as const)
    .filter(([, value]) => value !== undefined)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

/** The JSON types that may be here; none where anything may. */
export const typesOf = ({ schemas }: SchemaView): Set<string> =>
  new Set(
    schemas.flatMap(({ type, enum: values, const: value }) => {
      if (typeof type === 'string') return [type]
      if (Array.isArray(type)) return type.map(String)
      const allowed: unknown[] = Array.isArray(values) ? values : value === undefined ? [] : [value]
      return allowed.map((each) => typeof each)
    }),
  )
