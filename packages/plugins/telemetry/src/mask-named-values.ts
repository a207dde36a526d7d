import { secretWord } from './secret-name.ts'

/** The end of a secret's name (or `"name": "API_KEY", "value"`), and what stands between it and its value. */
const assignment = new RegExp(
  String.raw`(${secretWord})(?:[-_]?(?:value|\d{1,3}))?(?![A-Za-z])\\{0,3}["'\`\]]{0,2}(?:,\s{0,16}\\{0,3}["']?value\\{0,3}["']?)?[ \t]{0,4}(?:=>|:=|={1,3}|:(?!:)|%3[AaDd])[ \t]{0,4}(?<quote>\\{0,3}["'\`])?`,
  'gi',
)
const bare = /(?:[^\s"'`,;&<>{}()[\]\\]|\\(?![nrtu"']))+/y
const line = /[^\r\n]+/y
const header = /[^\r\n"'`]+/y

/** Up to the name, nothing but the beginning of a line: an environment file, YAML, a header. */
const lineStart = /(?:^|[\r\n])[ \t]{0,32}(?:(?:export|set|[->|#$*+]{1,4})[ \t]{1,8})?[\w.-]{0,96}$/

/** The place of a secret, not the secret. */
const innocent =
  /^(?:string|number|boolean|null|none|undefined|true|false|\$\{?[A-Z_]+\}?|process\.env\.\w+|<[\w ]+>)[,;]?$/i

/** Texts in quotes that end at the same quote, escaped as often, or with the line. */
const quoted = (text: string, start: number, quote: string): string => {
  let end = start
  while (end < text.length && !text.startsWith(quote, end) && !/[\r\n]/.test(text.charAt(end)))
    end += text[end] === '\\' ? 2 : 1
  return text.slice(start, end)
}

const valueAt = (text: string, match: RegExpExecArray, before: string): string => {
  const start = match.index + match[0].length
  const quote = match.groups?.['quote']
  if (quote !== undefined) return quoted(text, start, quote)
  const pattern = lineStart.test(before) ? line : /authorization|cookie/i.test(match[0]) ? header : bare
  pattern.lastIndex = start
  return pattern.exec(text)?.[0] ?? ''
}

/** Masks what stands after a secret's name: `DB_PASSWORD=…`, `"apiKey": "…"`, `Cookie: …`, `?token=…`. */
export const maskNamedValues = (text: string, mask: string): string => {
  let shown = ''
  let from = 0
  for (const match of text.matchAll(assignment)) {
    const { index } = match
    if (index < from) continue
    const start = index + match[0].length
    const value = valueAt(text, match, text.slice(Math.max(0, index - 144), index))
    const isCount = /token/i.test(match[1] ?? '') && /^\d{1,7}$/.test(value)
    if (value === '' || isCount || innocent.test(/^\S*/.exec(value)?.[0] ?? '')) continue
    shown += text.slice(from, start) + mask
    from = start + value.length
  }
  return shown + text.slice(from)
}
