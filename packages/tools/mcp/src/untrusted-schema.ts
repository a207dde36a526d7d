import { isObject, type JsonSchema } from '@ashlar/core'

/** Deeper schemas are cut: what is below may be anything. */
const maxDepth = 32

const copy = (value: unknown, depth: number): unknown => {
  if (Array.isArray(value)) return depth < maxDepth ? value.map((item) => copy(item, depth + 1)) : []
  if (!isObject(value)) return value
  if (depth >= maxDepth) return {}
  const kept: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    // As keywords these are text; a property of that name has a schema.
    const isKeyword = typeof item === 'string' && ['$ref', '$dynamicRef', 'pattern'].includes(key)
    if (!isKeyword && key !== '__proto__') kept[key] = copy(item, depth + 1)
  }
  return kept
}

/**
 * A schema from a server, for checking values with: without regular expressions, which may take for ever, and without
 * references, which may never end. It accepts more than the original; the server checks the rest.
 */
export const untrustedSchema = (schema: JsonSchema): JsonSchema => {
  const checked = copy(schema, 0)
  return isObject(checked) ? checked : {}
}
