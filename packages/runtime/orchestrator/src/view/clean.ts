import { printable } from '@ashlar/command'
import { isObject, type JsonValue } from '@ashlar/core'
import { redactSecrets } from '@ashlar/wire/model-error'

const secretName =
  /^(?:.*[-_])?(?:api[-_]?key|authorization|passw(?:or)?d|secret|access[-_]?token|auth[-_]?token)$/i

/** Text for people: without API keys, and without what a terminal or a log would obey. */
export const cleanText = (text: string): string => printable(redactSecrets(text))

/** A value as JSON for people: every text in it cleaned, and what is named like a secret left out. */
export const cleanJson = (value: unknown): JsonValue => {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(cleanJson)
  if (!isObject(value)) return null
  const kept = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(
    kept.map(([name, one]) => [
      cleanText(name),
      secretName.test(name) && typeof one === 'string' ? '[redacted]' : cleanJson(one),
    ]),
  )
}
