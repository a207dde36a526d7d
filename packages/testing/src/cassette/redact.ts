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

const patternOf = ({ redact = [], env = process.env }: RedactOptions): RegExp => {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value && value.length >= shortestSecret && secretVariable.test(name) ? [value] : [],
  )
  const sources = [...redact, ...values, ...keyShapes].map((one) =>
    typeof one === 'string' ? escaped(one) : one.source,
  )
  return new RegExp(sources.map((source) => `(?:${source})`).join('|'), 'g')
}

const mark = '[redacted]'

const isPrivate = (name: string): boolean => secretName.test(name) || privateName.test(name)

/** A redactor for keys, tokens and cookies, the secrets of the environment, and whatever else is named. */
export const createRedactor = (options: RedactOptions = {}): Redactor => {
  const pattern = patternOf(options)
  const text = (value: string): string => value.replaceAll(pattern, mark)
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
    bytes: (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replaceAll(pattern, (secret) => '*'.repeat(secret.length)),
        'latin1',
      ),
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
