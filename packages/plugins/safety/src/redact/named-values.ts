import type { Detector, FindingKind } from './finding.ts'

const strong = String.raw`passw(?:or)?d|passwort|passphrase|pwd|passwd|secret`
const weak = String.raw`api[-_ ]?key|access[-_]?key(?:[-_]?id)?|account[-_]?key|auth[-_]?key|encryption[-_]?key|master[-_]?key|private[-_]?key|signing[-_]?key|service[-_]?key|subscription[-_]?key|token|credentials?`

/** A name that ends in what a secret is called, and what stands between it and its value. */
const assignment = new RegExp(
  String.raw`(?:(${strong})|(${weak}))(?:[-_]?(?:key|value|\d{1,3}))?(?![A-Za-z])\\?["'\`\]]{0,2}[ \t]{0,4}(?:=>|:=|={1,3}|:(?!:))[ \t]{0,4}(?=(\\?["'\`])?)`,
  'gi',
)

const longest = 160
const quotedValue = /(?:\\[^\n\r"'`]|[^"'`\\\n\r])*/y
const bareValue = /(?:\\[^\n\r"'`nrt]|[^\s"'`\\,;<>{}()[\]&|])*/y

/** Bits a character, by how often each occurs. */
const entropyOf = (text: string): number => {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

const placeholder =
  /^(?:\$|%[a-z({]|<|\{|\*{3}|x{4,}|\.{3}|\[|@|#|null|none|undefined|true|false|nil|string|number|boolean|required|optional|empty|unset|todo|your[-_ ]|my[-_]?(?:password|secret|token|api)|example|process\.env|os\.|env[.[(]|import\.meta|self\.|this\.)/i
const mixed = /^(?=.*[A-Za-z])(?=.*\d)/s
/** `config.password`, `readToken`, `TOKEN_TYPE`: names in code, no values. */
const identifier =
  /^[A-Za-z_$][A-Za-z_$]*(?:[.?!]+[A-Za-z_$][\w$]*)*[!?]*$|^[A-Z][A-Z_]+$|^[a-z]+(?:[A-Z][a-z]+)+\d?$/
const versionOrPath =
  /^(?:v?\d+(?:\.\d+)+|\.{0,2}\/|~\/|[A-Za-z]:\\|https?:\/\/[^@]*$|[\w-]+(?:\/[\w.-]+)+$|\d+(?:px|ms|em|rem|s|h|d)?$)/
const hyphenated = /^[a-z]+(?:[-_ .:][a-z]+)*$/

/** A name in code or a placeholder: the place of a secret, not the secret. */
export const isCode = (text: string): boolean => placeholder.test(text) || identifier.test(text)

/** Letters and digits in no order that a person would choose. */
export const isRandom = (text: string): boolean =>
  text.length >= 16 && mixed.test(text) && !/\s/.test(text) && entropyOf(text) >= 3.2

interface Value {
  readonly shown: string
  readonly isQuoted: boolean
  readonly isStrong: boolean
  /** `DB_PASSWORD=…`: the line of an environment file or a shell. */
  readonly isVariable: boolean
}

const isSecretValue = ({ shown, isQuoted, isStrong, isVariable }: Value): boolean => {
  if (shown.length < 4 || placeholder.test(shown)) return false
  if (isVariable) return !versionOrPath.test(shown) && (isStrong || (shown.length >= 8 && mixed.test(shown)))
  if (/\s/.test(shown)) return false
  if (!isStrong) return isRandom(shown) && !versionOrPath.test(shown)
  if (versionOrPath.test(shown)) return false
  if (isQuoted)
    return mixed.test(shown) || /[^\w\s.:-]/.test(shown) || (shown.length >= 5 && !hyphenated.test(shown))
  return shown.length >= 6 && !identifier.test(shown) && (mixed.test(shown) || /[!@#%^*+~]/.test(shown))
}

const variable = /(?:^|[\s;"'])(?:export[ \t]+|set[ \t]+)?[A-Z][A-Z0-9_]*$/

/** Values next to names such as `password` and `api_key`, when they look like a value rather than like code. */
export const findNamedValues: Detector = function* (text) {
  let from = 0
  for (const match of text.matchAll(assignment)) {
    const { index } = match
    if (index < from) continue
    const [all, strongName, , quote] = match
    const start = index + all.length + (quote?.length ?? 0)
    const value = quote ? quotedValue : bareValue
    value.lastIndex = start
    // Only the beginning is looked at: what is not masked may be looked at again.
    const window = text.slice(start, start + longest)
    const near = quote ? /^(?:\\[^\n\r"'`]|[^"'`\\\n\r])*/ : /^(?:\\[^\n\r"'`nrt]|[^\s"'`\\,;<>{}()[\]&|])*/
    const shown = near.exec(window)?.[0] ?? ''
    const after = text[start + shown.length]
    if (!quote && after === '(') continue
    const name =
      text.slice(Math.max(0, index - 48), index) + all.slice(0, /[-_A-Za-z0-9]*/.exec(all)?.[0].length)
    const isVariable = variable.test(name) && /[\w"']=["'\\]*$/.test(all + (quote ?? ''))
    if (
      !isSecretValue({ shown, isQuoted: quote !== undefined, isStrong: strongName !== undefined, isVariable })
    )
      continue
    from = start + (value.exec(text)?.[0].length ?? 0)
    const kind: FindingKind = strongName && !/secret/i.test(strongName) ? 'password' : 'secret'
    yield { kind, start, end: from }
  }
}
