import { isObject } from '@ashlar/core'

export interface RedactOptions {
  /** More to redact: texts, or patterns without anchors. */
  readonly redact?: readonly (string | RegExp)[]
  /** Where secrets may be: values of variables named like a key, token, secret or password. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Takes secrets out of what is about to be written to a file. */
export interface Redactor {
  /** Values under a sensitive name, and secrets in any text, become `[redacted]`. */
  value(value: unknown): unknown
  text(text: string): string
  /** Secrets become as many asterisks: nothing moves, so chunk boundaries stay where they were. */
  bytes(bytes: Buffer): Buffer
  header(name: string, value: string): string
  /** Values of sensitive query parameters become `[redacted]`. */
  path(path: string): string
}

/** Names whose values are secrets, in headers and in data. */
const secretName =
  /(^|[-_])(authorization|cookie|api[-_]?key|(access|refresh|id|auth|security|session)[-_]?token|secret|password|credential)$/i

/** Names that say who the account belongs to, or that carry a key in an address. */
const privateName = /(^|[-_])(organization([-_]id)?|project|key|token|signature)$/i

/** What keys look like: OpenAI, Anthropic, Groq, xAI, Google, GitHub, Slack, AWS, Hugging Face, bearer tokens and JWTs. */
const keyShapes: readonly RegExp[] = [
  /\b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi)[-_][\w-]{8,}/,
  /\bAIza[\w-]{20,}/,
  /\bgh[pousr]_\w{20,}/,
  /\bxox[abprs]-[\w-]{10,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bBearer\s+[\w.~+/=-]{8,}/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}/,
]

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

const secretVariable = /(KEY|TOKEN|SECRET|PASSWORD)$/i

/** Shorter values would be found in innocent text. */
const shortestSecret = 8

/** A text as it may stand in JSON: as it is, with quotes and backslashes escaped, or all of it in ASCII. */
const spellings = (text: string): string[] => {
  const inJson = JSON.stringify(text).slice(1, -1)
  const inAscii = inJson.replaceAll(
    /[^\0-\x7f]/g,
    (character) => String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return [...new Set([text, inJson, inAscii])]
}

/** What is looked for; the patterns of the user keep their flags. */
const patternsOf = ({ redact = [], env = process.env }: RedactOptions): RegExp[] => {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value && value.length >= shortestSecret && secretVariable.test(name) ? [value] : [],
  )
  const literals = [...redact.filter((one) => typeof one === 'string'), ...values]
    .flatMap(spellings)
    // The longest first: one may be the beginning of another.
    .toSorted((a, b) => b.length - a.length)
  const own = [...literals.map(escaped), ...keyShapes.map(({ source }) => source)]
  return [
    ...redact.flatMap((one) =>
      typeof one === 'string' ? [] : [new RegExp(one.source, `${one.flags.replace(/[gy]/g, '')}g`)],
    ),
    new RegExp(own.map((source) => `(?:${source})`).join('|'), 'g'),
  ]
}

/** The bytes of a text, one character each where they are no UTF-8. */
const decode = (bytes: Buffer): { text: string; encoding: 'utf8' | 'latin1' } => {
  const text = bytes.toString('utf8')
  return Buffer.byteLength(text) === bytes.length && !text.includes('\uFFFD')
    ? { text, encoding: 'utf8' }
    : { text: bytes.toString('latin1'), encoding: 'latin1' }
}

const mark = '[redacted]'

const isPrivate = (name: string): boolean => secretName.test(name) || privateName.test(name)

/** A redactor for keys, tokens and cookies, the secrets of the environment, and whatever else is named. */
export const createRedactor = (options: RedactOptions = {}): Redactor => {
  const patterns = patternsOf(options)
  const replace = (given: string, by: (secret: string) => string): string =>
    patterns.reduce((rest, pattern) => rest.replaceAll(pattern, by), given)
  const text = (given: string): string => replace(given, () => mark)
  const value = (given: unknown): unknown => {
    if (typeof given === 'string') return text(given)
    if (Array.isArray(given)) return given.map(value)
    if (!isObject(given)) return given
    return Object.fromEntries(
      Object.entries(given).map(([key, inner]) => {
        const secret = typeof inner === 'string' && secretName.test(key)
        return [key, secret ? mark : value(inner)]
      }),
    )
  }
  return {
    value,
    text,
    bytes: (bytes) => {
      const { text: decoded, encoding } = decode(bytes)
      const masked = replace(decoded, (secret) => '*'.repeat(Buffer.byteLength(secret, encoding)))
      return Buffer.from(masked, encoding)
    },
    header: (name, given) => (isPrivate(name) ? mark : text(given)),
    path(path) {
      const [before = '', query] = path.split('?', 2)
      if (query === undefined) return text(before)
      const parameters = query.split('&').map((parameter) => {
        const [name = ''] = parameter.split('=', 1)
        return isPrivate(name) ? `${name}=${mark}` : text(parameter)
      })
      return `${text(before)}?${parameters.join('&')}`
    },
  }
}
