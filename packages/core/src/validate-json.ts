import type { JsonSchema } from './json.ts'
import type { SchemaIssue } from './schema-result.ts'

// Its own: this module is loaded on demand, and a value it shared would split what is loaded at once.
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Check = (schema: JsonSchema, value: unknown, report: (message: string) => void) => void

const typeOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

const checkType: Check = ({ type }, value, report) => {
  if (type === undefined) return
  const allowed: unknown[] = Array.isArray(type) ? type : [type]
  const actual = typeOf(value)
  if (allowed.includes(actual) || (actual === 'integer' && allowed.includes('number'))) return
  report(`expected ${allowed.join(' or ')}, received ${actual === 'integer' ? 'number' : actual}`)
}

const checkValue: Check = (schema, value, report) => {
  if (Array.isArray(schema['enum']) && !schema['enum'].some((allowed) => same(allowed, value)))
    report(`expected one of ${JSON.stringify(schema['enum'])}`)
  if ('const' in schema && !same(schema['const'], value))
    report(`expected ${JSON.stringify(schema['const'])}`)
}

const checkNumber: Check = (schema, value, report) => {
  if (typeof value !== 'number') return
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (typeof minimum === 'number' && value < minimum) report(`expected at least ${minimum}`)
  if (typeof maximum === 'number' && value > maximum) report(`expected at most ${maximum}`)
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    report(`expected more than ${exclusiveMinimum}`)
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
    report(`expected less than ${exclusiveMaximum}`)
  if (typeof multipleOf === 'number' && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9)
    report(`expected a multiple of ${multipleOf}`)
}

const checkLength: Check = (schema, value, report) => {
  const [length, least, most, unit] =
    typeof value === 'string'
      ? [[...value].length, schema['minLength'], schema['maxLength'], 'characters']
      : Array.isArray(value)
        ? [value.length, schema['minItems'], schema['maxItems'], 'items']
        : [0, undefined, undefined, '']
  if (typeof least === 'number' && length < least) report(`expected at least ${least} ${unit}`)
  if (typeof most === 'number' && length > most) report(`expected at most ${most} ${unit}`)
  if (typeof value === 'string' && typeof schema['pattern'] === 'string')
    if (!new RegExp(schema['pattern'], 'u').test(value)) report(`expected to match ${schema['pattern']}`)
}

const checks = [checkType, checkValue, checkNumber, checkLength]

const resolve = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const reference = schema['$ref']
  if (typeof reference !== 'string' || !reference.startsWith('#')) return schema
  let target: unknown = root
  for (const key of reference.slice(1).split('/').filter(Boolean))
    target = isObject(target) ? target[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  return isObject(target) ? target : {}
}

/** A value on its way through a schema: where it is, and where its issues go. */
interface Visit {
  readonly root: JsonSchema
  readonly path: readonly PropertyKey[]
  readonly issues: SchemaIssue[]
}

const visitObject = (schema: JsonSchema, value: Record<string, unknown>, visit: Visit): void => {
  const { properties, required, additionalProperties } = schema
  const known = isObject(properties) ? properties : {}
  for (const key of Array.isArray(required) ? required : [])
    if (typeof key === 'string' && value[key] === undefined)
      visit.issues.push({ path: [...visit.path, key], message: 'required' })
  for (const [key, item] of Object.entries(value)) {
    const below = { ...visit, path: [...visit.path, key] }
    const rule = Object.hasOwn(known, key) ? known[key] : additionalProperties
    if (rule === false) visit.issues.push({ path: below.path, message: 'unknown property' })
    else if (isObject(rule) && item !== undefined) check(rule, item, below)
  }
}

const passes = (schema: unknown, value: unknown, visit: Visit): boolean => {
  const issues: SchemaIssue[] = []
  if (isObject(schema)) check(schema, value, { ...visit, issues })
  return issues.length === 0
}

const visitCombined = (schema: JsonSchema, value: unknown, visit: Visit): void => {
  const { allOf, anyOf, oneOf, not } = schema
  if (Array.isArray(allOf)) for (const part of allOf) if (isObject(part)) check(part, value, visit)
  const fail = (message: string): unknown => visit.issues.push({ path: visit.path, message })
  if (Array.isArray(anyOf) && !anyOf.some((part) => passes(part, value, visit)))
    fail('matches none of the allowed shapes')
  if (Array.isArray(oneOf) && oneOf.filter((part) => passes(part, value, visit)).length !== 1)
    fail('must match exactly one of the allowed shapes')
  if (isObject(not) && passes(not, value, visit)) fail('matches a shape that is not allowed')
}

const check = (unresolved: JsonSchema, value: unknown, visit: Visit): void => {
  const schema = resolve(unresolved, visit.root)
  for (const rule of checks)
    rule(schema, value, (message) => visit.issues.push({ path: visit.path, message }))
  if (isObject(value)) visitObject(schema, value, visit)
  const { items } = schema
  if (Array.isArray(value) && isObject(items))
    value.forEach((item, index) => check(items, item, { ...visit, path: [...visit.path, index] }))
  visitCombined(schema, value, visit)
}

/**
 * Checks a value against a JSON Schema and returns what is wrong, the empty list when it fits. Covers the
 * keywords tool schemas use: type, enum, const, properties, required, additionalProperties, items, numeric
 * and length limits, pattern, allOf, anyOf, oneOf, not and local `$ref`; other keywords are ignored.
 */
export const validateJson = (schema: JsonSchema, value: unknown): SchemaIssue[] => {
  const issues: SchemaIssue[] = []
  check(schema, value, { root: schema, path: [], issues })
  return issues
}
