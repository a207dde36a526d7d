import { InvalidArgument } from '@ashlar/core'
import { checkKnownKeys } from '../known-keys.ts'
import { type Detector, type Finding, type FindingKind, maskOf, mergeFindings } from './finding.ts'
import { knownSecrets, secretsOf } from './known-secrets.ts'
import { findNamedValues } from './named-values.ts'
import { personalDetectors } from './personal-data.ts'
import { createStreamRedactor, type StreamRedactor } from './stream-redactor.ts'
import { findHeaderSecrets, findPrivateKeys, findUrlPasswords } from './structured-secrets.ts'
import { findVendorKeys } from './vendor-keys.ts'
import { redactError, redactJsonText, redactValue } from './redact-value.ts'

export interface RedactOptions {
  /** Where secrets are: values of variables that are named like one. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** More texts to mask wherever they appear, also encoded. */
  readonly secrets?: readonly string[]
  /** Masks emails, phone numbers, cards, IBANs, US social security numbers and public IP addresses. @default true */
  readonly personal?: boolean
  /** What is left alone: exact texts, or patterns that must match the whole of what was found. */
  readonly allow?: readonly (string | RegExp)[]
  /** What stands in place of a finding. @default `[redacted:kind]`; must hold neither quotes nor backslashes */
  readonly mask?: (kind: FindingKind) => string
}

/** Takes secrets and personal data out of text and data. */
export interface Redactor {
  /** The text with masks in it. JSON stays JSON. Time is linear in the text. */
  text(text: string): string
  /** A copy of JSON-like data, its texts and keys redacted, values under a secret's name masked; the same if clean. */
  value(value: unknown): unknown
  /** The error, or a copy of it whose message, stack, cause and facts are redacted. */
  error(error: unknown): unknown
  /** What would be masked, in order. */
  find(text: string): readonly Finding[]
  /** For a text that comes in pieces: a secret that is split over them is masked all the same. */
  stream(): StreamRedactor
}

const secretDetectors: readonly Detector[] = [
  findPrivateKeys,
  findVendorKeys,
  findHeaderSecrets,
  findUrlPasswords,
  findNamedValues,
]

const wholly = (pattern: RegExp): RegExp =>
  new RegExp(`^(?:${pattern.source})$`, pattern.flags.replaceAll(/[gy]/g, ''))

/**
 * Knows what secrets and personal data look like, and the values of secret variables of the environment.
 * @throws InvalidArgument when an option is wrong
 */
export const createRedactor = (options: RedactOptions = {}): Redactor => {
  checkKnownKeys(options, {
    of: 'createRedactor',
    known: ['env', 'secrets', 'personal', 'allow', 'mask'],
  })
  const { env = process.env, secrets = [], personal = true, allow = [], mask = maskOf } = options
  if (secrets.some((secret) => typeof secret !== 'string' || secret.length < 6))
    throw new InvalidArgument('secrets', 'texts of at least 6 characters', 'a shorter one')
  if (/["'\\\n]/.test(mask('secret')))
    throw new InvalidArgument('mask', 'a text without quotes, backslashes and newlines', mask('secret'))
  const known = knownSecrets([...secretsOf(env), ...secrets])
  const detectors = [known.find, ...secretDetectors, ...(personal ? personalDetectors : [])]
  const texts = new Set(allow.filter((one) => typeof one === 'string'))
  const patterns = allow.flatMap((one) => (typeof one === 'string' ? [] : [wholly(one)]))
  const isAllowed = (found: string): boolean =>
    texts.has(found) || patterns.some((pattern) => pattern.test(found))
  const find = (text: string): Finding[] => {
    if (text.length < 6) return []
    const found = detectors.flatMap((detector) => [...detector(text)])
    const kept =
      allow.length > 0 ? found.filter(({ start, end }) => !isAllowed(text.slice(start, end))) : found
    return mergeFindings(kept)
  }
  const plain = (text: string): string => {
    let shown = ''
    let from = 0
    for (const { kind, start, end } of find(text)) {
      shown += text.slice(from, start) + mask(kind)
      from = end
    }
    return from === 0 ? text : shown + text.slice(from)
  }
  const isKnown = (text: string): boolean => isAllowed(text)
  const value = (data: unknown): unknown =>
    redactValue(data, { text: plain, mask: mask('secret'), isAllowed: isKnown })
  const text = (source: string): string => redactJsonText(source, { text: plain, value })
  return {
    text,
    value,
    error: (error) => redactError(error, { text: plain, value }),
    find,
    stream: () => createStreamRedactor({ find, mask, longest: known.longest }),
  }
}
