import { isObject } from '@ashlar/core'

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const entriesOf = (value: unknown): Record<string, unknown> | undefined => {
  if (Array.isArray(value)) return Object.fromEntries(value.map((item, index) => [`[${index}]`, item]))
  return isObject(value) ? value : undefined
}

/** Where two values of JSON differ, one line a place: the path, what was recorded and what came. */
export const differences = (recorded: unknown, received: unknown, path = ''): string[] => {
  const left = entriesOf(recorded)
  const right = entriesOf(received)
  if (left && right && Array.isArray(recorded) === Array.isArray(received)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)])
    return [...keys].flatMap((key) => {
      const inner = key.startsWith('[') || path === '' ? `${path}${key}` : `${path}.${key}`
      return differences(left[key], right[key], inner)
    })
  }
  if (Object.is(recorded, received)) return []
  return [`${path || 'value'}: recorded ${shown(recorded)}, received ${shown(received)}`]
}
