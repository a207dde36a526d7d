import { isObject } from '@ashlar/core'
import { isSecretName } from '../policy/secret-name.ts'

const secretKey =
  /^(?:.*[-_])?(?:authorization|proxy[-_]authorization|cookie|set[-_]cookie|api[-_]?key|apikey|secret|password|passwd|pwd|passphrase|credentials?|(?:access|refresh|id|auth|security|session|bearer|api)[-_]token|(?:secret|private|access|signing|encryption)[-_]key)$/i

/** `apiKey` and `API_KEY` are one name; `token` and `key` alone say too little. */
const isSecretKey = (name: string): boolean => {
  if (name.length > 64) return false
  const snake = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
  return (
    secretKey.test(snake) ||
    (/^[A-Z][A-Z0-9_]*_[A-Z0-9_]+$/.test(name) && isSecretName(name) && !/KEYS?$/.test(name))
  )
}

/** Values that tell nothing: a type, a reference to a variable, a mask. */
const innocent =
  /^(?:|string|number|boolean|object|null|none|true|false|\$.*|<.*>|\{\{.*\}\}|\[redacted(?::[\w-]+)?\]|\*+)$/s

export interface ValueRedaction {
  readonly text: (text: string) => string
  readonly mask: string
  readonly isAllowed: (text: string) => boolean
}

const deepest = 64

/** A copy of JSON-like data without secrets; whatever had none is returned as it was. */
export const redactValue = (data: unknown, redaction: ValueRedaction): unknown => {
  const { text, mask, isAllowed } = redaction
  const visit = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'number' || typeof value === 'bigint') {
      const shown = String(value)
      return shown.length >= 9 && text(shown) !== shown ? text(shown) : value
    }
    if (typeof value !== 'object' || value === null) return value
    if (depth === 0) return mask
    if (Array.isArray(value)) {
      const items = value.map((item) => visit(item, depth - 1))
      return items.every((item, index) => item === value[index]) ? value : items
    }
    if (value instanceof Date) return value
    if (ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set) return mask
    let changed = false
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
      const secret = isSecretKey(key) && (typeof item === 'string' || typeof item === 'number')
      const hidden =
        secret && !innocent.test(String(item)) && !isAllowed(String(item)) && typeof item === 'string'
      const entry: [string, unknown] = [text(key), hidden ? mask : visit(item, depth - 1)]
      changed ||= entry[0] !== key || entry[1] !== item
      return entry
    })
    return changed ? Object.fromEntries(entries) : value
  }
  return visit(data, deepest)
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

export interface TextRedaction {
  readonly text: (text: string) => string
  readonly value: (value: unknown) => unknown
}

/** Redacts a text; if it was JSON it still is. */
export const redactJsonText = (source: string, { text, value }: TextRedaction): string => {
  const shown = text(source)
  if (!/^\s{0,64}[[{\d"]/.test(source) || !isJson(source)) return shown
  const data: unknown = JSON.parse(source)
  const clean = value(data)
  // Names of keys tell more than the text alone does.
  if (clean === data && (shown === source || isJson(shown))) return shown
  const written = JSON.stringify(clean, undefined, /^\s*[[{]\s*\n/.test(source) ? 2 : 0)
  return text(written) === written || !isJson(text(written)) ? written : text(written)
}

/** An error as it may be shown. A copy keeps prototype, brand and facts, so that it is still told by its class. */
export const redactError = (error: unknown, redaction: TextRedaction, depth: number = 8): unknown => {
  if (!(error instanceof Error)) return redaction.value(error)
  const { text, value } = redaction
  const changes: Record<string, unknown> = {}
  const stack = error.stack ?? ''
  if (text(error.message) !== error.message) changes['message'] = text(error.message)
  if (text(stack) !== stack) changes['stack'] = text(stack)
  if (error.cause !== undefined && depth > 0) {
    const cause = redactError(error.cause, redaction, depth - 1)
    if (cause !== error.cause) changes['cause'] = cause
  }
  for (const [key, fact] of Object.entries(error)) {
    if (key === 'message' || key === 'stack' || key === 'cause') continue
    const isErrors = key === 'errors' && Array.isArray(fact)
    const clean = isObject(fact) && !isPlain(fact) ? fact : isErrors ? fact : value(fact)
    if (clean !== fact) changes[key] = clean
  }
  if (error instanceof AggregateError && depth > 0) {
    const errors = error.errors.map((one) => redactError(one, redaction, depth - 1))
    if (errors.some((one, index) => one !== error.errors[index])) changes['errors'] = errors
  }
  if (Object.keys(changes).length === 0) return error
  const copy: unknown = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error))
  const shown = { stack: stack, ...changes }
  for (const [key, changed] of Object.entries(shown))
    Object.defineProperty(copy, key, {
      value: changed,
      writable: true,
      configurable: true,
      enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
    })
  return copy
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
