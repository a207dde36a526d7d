import type { JsonSchema } from './json.ts'
import type { SchemaIssue } from './schema-result.ts'

// Its own: this module is loaded on demand, and a value it shared would split what is loaded at once.
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where a value is, below the root. */
interface Place {
  readonly above: Place | undefined
  readonly key: PropertyKey
}

/** A value on its way through a schema: where it is, and where its issues go. */
interface Visit {
  readonly root: JsonSchema
  readonly place: Place | undefined
  readonly issues: SchemaIssue[]
}

type Check = (schema: JsonSchema, value: unknown, visit: Visit) => void

const pathOf = (place: Place | undefined): PropertyKey[] => (place ? [...pathOf(place.above), place.key] : [])

const report = ({ place, issues }: Visit, message: string): void =>
  void issues.push({ path: pathOf(place), message })

const below = ({ root, place, issues }: Visit, key: PropertyKey): Visit => ({
  root,
  place: { above: place, key },
  issues,
})

const typeOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

const checkType: Check = ({ type }, value, visit) => {
  const actual = typeOf(value)
  if (type === undefined || type === actual) return
  const allowed: unknown[] = Array.isArray(type) ? type : [type]
  if (allowed.includes(actual) || (actual === 'integer' && allowed.includes('number'))) return
  report(visit, `expected ${allowed.join(' or ')}, received ${actual === 'integer' ? 'number' : actual}`)
}

const checkValue: Check = (schema, value, visit) => {
  if (Array.isArray(schema['enum']) && !schema['enum'].some((allowed) => same(allowed, value)))
    report(visit, `expected one of ${JSON.stringify(schema['enum'])}`)
  if ('const' in schema && !same(schema['const'], value))
    report(visit, `expected ${JSON.stringify(schema['const'])}`)
}

const checkNumber: Check = (schema, value, visit) => {
  if (typeof value !== 'number') return
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (typeof minimum === 'number' && value < minimum) report(visit, `expected at least ${minimum}`)
  if (typeof maximum === 'number' && value > maximum) report(visit, `expected at most ${maximum}`)
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    report(visit, `expected more than ${exclusiveMinimum}`)
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
    report(visit, `expected less than ${exclusiveMaximum}`)
  if (typeof multipleOf === 'number' && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9)
    report(visit, `expected a multiple of ${multipleOf}`)
}

const checkBetween = (
  [least, most]: readonly [unknown, unknown],
  { length, unit }: { readonly length: number; readonly unit: string },
  visit: Visit,
): void => {
  if (typeof least === 'number' && length < least) report(visit, `expected at least ${least} ${unit}`)
  if (typeof most === 'number' && length > most) report(visit, `expected at most ${most} ${unit}`)
}

const checkLength: Check = (schema, value, visit) => {
  if (Array.isArray(value)) {
    const { minItems, maxItems } = schema
    return checkBetween([minItems, maxItems], { length: value.length, unit: 'items' }, visit)
  }
  if (typeof value !== 'string') return
  const { minLength, maxLength, pattern } = schema
  // Characters are counted only for those who ask: a text may be long.
  if (minLength !== undefined || maxLength !== undefined)
    checkBetween([minLength, maxLength], { length: [...value].length, unit: 'characters' }, visit)
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value))
    report(visit, `expected to match ${pattern}`)
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

const visitObject = (schema: JsonSchema, value: Record<string, unknown>, visit: Visit): void => {
  const { properties, required, additionalProperties } = schema
  const known = isObject(properties) ? properties : {}
  if (Array.isArray(required))
    for (const key of required)
      if (typeof key === 'string' && value[key] === undefined) report(below(visit, key), 'required')
  for (const key of Object.keys(value)) {
    const item = value[key]
    const rule = Object.hasOwn(known, key) ? known[key] : additionalProperties
    if (rule === false) report(below(visit, key), 'unknown property')
    else if (isObject(rule) && item !== undefined) check(rule, item, below(visit, key))
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
  if (Array.isArray(anyOf) && !anyOf.some((part) => passes(part, value, visit)))
    report(visit, 'matches none of the allowed shapes')
  if (Array.isArray(oneOf) && oneOf.filter((part) => passes(part, value, visit)).length !== 1)
    report(visit, 'must match exactly one of the allowed shapes')
  if (isObject(not) && passes(not, value, visit)) report(visit, 'matches a shape that is not allowed')
}

const check = (unresolved: JsonSchema, value: unknown, visit: Visit): void => {
  const schema = resolve(unresolved, visit.root)
  for (const rule of checks) rule(schema, value, visit)
  if (isObject(value)) visitObject(schema, value, visit)
  const { items } = schema
  if (Array.isArray(value) && isObject(items))
    value.forEach((item, index) => check(items, item, below(visit, index)))
  visitCombined(schema, value, visit)
}

/**
 * Checks a value against a JSON Schema and returns what is wrong, the empty list when it fits. Covers the
 * keywords tool schemas use: type, enum, const, properties, required, additionalProperties, items, numeric
 * and length limits, pattern, allOf, anyOf, oneOf, not and local `$ref`; other keywords are ignored.
 */
export const validateJson = (schema: JsonSchema, value: unknown): SchemaIssue[] => {
  const issues: SchemaIssue[] = []
  check(schema, value, { root: schema, place: undefined, issues })
  return issues
}
