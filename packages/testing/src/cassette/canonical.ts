import { isObject } from '@ashlar/core'

/** The same value with the keys of every object in alphabetical order, and without `undefined`. */
export const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).toSorted()) {
    const inner = canonical(value[key])
    if (inner !== undefined) sorted[key] = inner
  }
  return sorted
}

/** JSON that is equal when the values are. */
export const canonicalJson = (value: unknown): string => JSON.stringify(canonical(value))
