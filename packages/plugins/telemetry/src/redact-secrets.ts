import { isObject } from '@ashlar/core'
import { maskNamedValues } from './mask-named-values.ts'
import { isSecretName } from './secret-name.ts'

const mask = '[redacted]'

/**
 * What keys look like, by what their vendors publish for secret scanners: model providers, GitHub, GitLab, Slack, AWS,
 * Google, Azure, Stripe, npm, PyPI, SendGrid, Shopify, DigitalOcean, Vault, Notion, Telegram and others; bearer and basic
 * credentials, JWTs, private keys, users and passwords in addresses, signatures of links.
 */
const shapes: readonly string[] = [
  String.raw`\b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi|npm|whsec|fal|tvly|jina|ntn|secret|sbp|sntrys|key|dapi)[-_](?=[\w-]{0,64}[\dA-Z])[\w-]{16,}`,
  String.raw`\b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi|npm|whsec)[-_][\w-]{8,}`,
  String.raw`\b(?:glpat|gldt|glrt|glsoat|pypi|PMAK|GOCSPX|xapp)-[\w-]{8,}`,
  String.raw`\b(?:(?:shp(?:at|ss|ca|pa)|lin_(?:api|oauth)|dckr_pat|pscale_(?:pw|tkn)|do[por]_v1)_)[\w-]{8,}`,
  String.raw`\b(?:SG|ya29|hv[sbr])\.[\w.-]{10,}`,
  String.raw`\b\d{6,12}:AA[\w-]{20,}`,
  String.raw`\bAIza[\w-]{20,}`,
  String.raw`\b(?:gh[pousr]|github_pat)_\w{20,}`,
  String.raw`\bxox[abeprs]-[\w-]{10,}`,
  String.raw`\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b`,
  String.raw`\b(?:[Bb]earer|[Bb]asic)\s+[\w.~+/=-]{8,}`,
  String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}`,
  String.raw`-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)`,
  String.raw`(?<=://[^\s/:@]{0,256}:)[^\s/"'<>]{1,256}(?=@)`,
  String.raw`(?<=https?://)[^\s/:@"'<>]{1,256}(?=@)`,
  String.raw`(?<=://)[^\s/:@"'<>]{12,256}(?=@)`,
  String.raw`(?<=[?&;](?:key|sig|signature|code|[Xx]-(?:[Aa]mz|[Gg]oog)-(?:[Ss]ignature|[Cc]redential))=)[^\s&"'#<>]+`,
]

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/** Takes secrets out of text and data. */
export interface SecretRedactor {
  /** JSON in a text is read, so that what is under a secret's name is masked there as well. */
  readonly text: (text: string) => string
  /** A copy of JSON-like data: its texts redacted, values under a secret's name masked, cycles and depth cut off. */
  readonly value: (value: unknown) => unknown
}

const shortest = 8
const deepest = 32

/** A secret as it may be written down: plain, in JSON, in an address, in base64. */
const formsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
  btoa(String.fromCharCode(...new TextEncoder().encode(secret.slice(0, 4096)))).replace(/=+$/, ''),
]

/** What JSON says; `undefined` for what is none, or a mere number or word. */
const parseJson = (text: string): unknown => {
  if (!/^\s{0,64}[[{"]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `{ name: 'API_KEY', value: '…' }`, as lists of headers and variables have them. */
const namesSecret = (entry: Readonly<Record<string, unknown>>): boolean =>
  ['name', 'key', 'header'].some((field) => {
    const name = entry[field]
    return typeof name === 'string' && isSecretName(name)
  })

/**
 * Knows what keys look like, what secrets are called, and the values of those variables of the environment whose names
 * say that they are secrets. `also` has the last word on every text.
 */
export const createSecretRedactor = (
  env: Readonly<Record<string, string | undefined>>,
  also: (text: string) => string = (text) => text,
): SecretRedactor => {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= shortest && (isSecretName(name) || /_KEY$/i.test(name))
      ? formsOf(value)
      : [],
  )
  // The longest first, so that no secret is cut short by one that it contains.
  const known = [...new Set(values)].toSorted((a, b) => b.length - a.length).map(escaped)
  const pattern = new RegExp([...known, ...shapes].join('|'), 'g')
  const plain = (source: string): string => maskNamedValues(source.replaceAll(pattern, mask), mask)
  const textAt = (source: string, depth: number): string => {
    const shown = plain(source)
    const data = depth > 0 ? parseJson(source) : undefined
    if (data === undefined) return shown
    const clean = JSON.stringify(redact(data, { depth: depth - 1, each: textAt }))
    // Of JSON that has no secrets, spacing and digits are kept.
    return clean === JSON.stringify(data) ? shown : clean.replaceAll(pattern, mask)
  }
  interface Visit {
    readonly depth: number
    readonly each: (text: string, depth: number) => string
  }
  const redact = (value: unknown, { depth, each }: Visit): unknown => {
    if (typeof value === 'string') return each(value, depth)
    if (typeof value === 'bigint') return `${value}`
    if (typeof value !== 'object' || value === null) return value
    if (depth === 0) return '…'
    const inside = { depth: depth - 1, each }
    if (Array.isArray(value)) return value.map((item) => redact(item, inside))
    if (!isObject(value)) return undefined
    const isPair = namesSecret(value)
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        const isSecret = isSecretName(name) || (isPair && name === 'value')
        return [plain(name), isSecret && item !== undefined && item !== null ? mask : redact(item, inside)]
      }),
    )
  }
  const last = (source: string, depth: number): string => also(textAt(source, depth))
  return {
    text: (source) => last(source, deepest),
    value: (value) => redact(value, { depth: deepest, each: last }),
  }
}
