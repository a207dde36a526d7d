import { isObject } from '@ashlar/core'

const mask = '[redacted]'

/** What keys look like: OpenAI, Anthropic, Groq, xAI, Google, GitHub, Slack, AWS, Hugging Face, GitLab, npm, Stripe, bearer and basic credentials, JWTs, private keys, passwords in addresses. */
const shapes: readonly string[] = [
  String.raw`\b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi|glpat|npm|whsec)[-_][\w-]{8,}`,
  String.raw`\bAIza[\w-]{20,}`,
  String.raw`\b(?:gh[pousr]|github_pat)_\w{20,}`,
  String.raw`\bxox[abeprs]-[\w-]{10,}`,
  String.raw`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`,
  String.raw`\b(?:[Bb]earer|[Bb]asic)\s+[\w.~+/=-]{8,}`,
  String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}`,
  String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`,
  String.raw`(?<=://[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)`,
]

const secretName =
  /(^|[-_])(authorization|cookie|api[-_]?key|(access|refresh|id|auth|security|session|bearer)[-_]?token|token|secret|(secret|private|access)[-_]?key|password|passwd|passphrase|credentials?)$/i

/** `apiKey` and `API_KEY` are one name. */
const isSecretName = (name: string): boolean => secretName.test(name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_'))

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** Takes secrets out of text and data. */
export interface SecretRedactor {
  readonly text: (text: string) => string
  /** A copy of JSON-like data: its texts redacted, values under a secret's name masked, cycles and depth cut off. */
  readonly value: (value: unknown) => unknown
}

const shortest = 8
const deepest = 32

/**
 * Knows what keys look like, and the values of those variables of the environment whose names say that they are secrets.
 * `also` has the last word on every text.
 */
export const createSecretRedactor = (
  env: Readonly<Record<string, string | undefined>>,
  also: (text: string) => string = (text) => text,
): SecretRedactor => {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= shortest && (isSecretName(name) || /_KEY$/i.test(name))
      ? [value]
      : [],
  )
  // The longest first, so that no secret is cut short by one that it contains.
  const known = values.toSorted((a, b) => b.length - a.length).map(escaped)
  const pattern = new RegExp([...known, ...shapes].join('|'), 'g')
  const text = (source: string): string => also(source.replaceAll(pattern, mask))
  const redact = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'bigint') return `${value}`
    if (typeof value !== 'object' || value === null) return value
    if (depth === 0) return '…'
    if (Array.isArray(value)) return value.map((item) => redact(item, depth - 1))
    if (!isObject(value)) return undefined
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        text(name),
        isSecretName(name) && item !== undefined && item !== null ? mask : redact(item, depth - 1),
      ]),
    )
  }
  return { text, value: (value) => redact(value, deepest) }
}
