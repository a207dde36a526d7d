import { isSecretName } from '../policy/secret-name.ts'
import { isRandom } from './named-values.ts'
import type { Detector, Finding } from './finding.ts'

/** Shorter values would be found in innocent text. */
const shortest = 6

const strongName = /PASS|SECRET|TOKEN|CREDENTIAL|DSN|_URL$|_URI$|CONNECTION|KEY$/i
const harmless =
  /^(?:true|false|null|none|enabled|disabled|default|development|production|password|required|localhost|[a-z]{1,12}|\d{1,9}|(?:\.{0,2}|~)\/.*|[A-Za-z]:\\.*|[\w.-]+:\d+|https?:\/\/[^@\s]*)$/i

const escapeInJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** A secret as it may be written down: plain, in JSON, for an address, in base64 at each of three offsets, in hex. */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  const encoded = encodeURIComponent(secret)
  const forms = [
    secret,
    escapeInJson(secret),
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    encoded.replaceAll('%20', '+'),
  ]
  for (const pad of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(pad), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The characters that also encode what stands before and after the secret are left out.
    const whole = Math.floor(((pad + bytes.length) * 8) / 6)
    const inner = padded.slice(Math.ceil((pad * 8) / 6), whole)
    if (inner.length >= 8) forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'))
  }
  if (bytes.length >= 8) forms.push(bytes.toString('hex'), bytes.toString('hex').toUpperCase())
  return forms
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/** The values of those variables whose names say that they are secrets, but no paths, flags and ports. */
export const secretsOf = (env: Readonly<Record<string, string | undefined>>): string[] => {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined &&
    value.length >= shortest &&
    isSecretName(name) &&
    !harmless.test(value) &&
    (strongName.test(name) || isRandom(value))
      ? [value.trim()]
      : [],
  )
  return [...new Set(values)]
}

export interface KnownSecrets {
  readonly find: Detector
  /** Of the longest form, in characters. */
  readonly longest: number
}

/** Finds these texts wherever they appear, and encoded. */
export const knownSecrets = (secrets: readonly string[]): KnownSecrets => {
  const lines = secrets.flatMap((secret) => (secret.includes('\n') ? secret.split(/\r?\n/) : []))
  const all = [...secrets, ...lines.filter((line) => line.length >= 24)].filter(
    (one) => one.length >= shortest,
  )
  // The longest first, so that no secret is cut short by one that it contains.
  const forms = [...new Set(all.flatMap(formsOf))].toSorted((a, b) => b.length - a.length)
  if (forms.length === 0) return { find: () => [], longest: 0 }
  const pattern = new RegExp(forms.map(escaped).join('|'), 'g')
  const find = function* (text: string): Generator<Finding> {
    for (const { 0: found, index } of text.matchAll(pattern))
      yield { kind: 'env', start: index, end: index + found.length }
  }
  return { find, longest: forms[0]?.length ?? 0 }
}
