/** Texts a brace expansion may grow to before it is given up. */
const mostTexts = 64

interface Range {
  readonly start: number
  readonly end: number
}

/** Where the quoted stretch or the escape that begins at `at` ends; `at` itself when none begins there. */
const skipQuoted = (text: string, at: number): number => {
  const character = text[at]
  if (character === '\\') return at + 2
  if (character === '$' && text[at + 1] === "'") return skipEscaped(text, at + 2, "'")
  if (character === "'") {
    const close = text.indexOf("'", at + 1)
    return close < 0 ? text.length : close + 1
  }
  if (character !== '"' && character !== '`') return at
  return skipEscaped(text, at + 1, character)
}

const skipEscaped = (text: string, from: number, quote: string): number => {
  let end = from
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1
  return Math.min(end + 1, text.length)
}

/** Where `$(`, `${`, `<(` that begins at `at` ends; `at` when none begins there. */
const skipExpansion = (text: string, at: number): number => {
  const opener = text[at]
  const bracket = text[at + 1]
  const opens =
    (opener === '$' && (bracket === '(' || bracket === '{')) ||
    ((opener === '<' || opener === '>') && bracket === '(')
  if (!opens) return at
  const close = bracket === '(' ? ')' : '}'
  let depth = 0
  let end = at + 1
  while (end < text.length) {
    const after = skipQuoted(text, end)
    if (after > end) {
      end = after
      continue
    }
    if (text[end] === bracket) depth++
    else if (text[end] === close && --depth === 0) return end + 1
    end++
  }
  return text.length
}

interface Brace extends Range {
  readonly items: readonly string[]
}

/** The items of the brace at `start`, split at its own commas; undefined when it does not close. */
const braceAt = (text: string, start: number): Brace | undefined => {
  const items: string[] = []
  let from = start + 1
  let depth = 1
  let at = start + 1
  while (at < text.length) {
    const after = Math.max(skipQuoted(text, at), skipExpansion(text, at))
    if (after > at) {
      at = after
      continue
    }
    const character = text[at]
    if (character === '{') depth++
    else if (character === ',' && depth === 1) {
      items.push(text.slice(from, at))
      from = at + 1
    } else if (character === '}' && --depth === 0)
      return { start, end: at + 1, items: [...items, text.slice(from, at)] }
    at++
  }
  return undefined
}

const sequence = (body: string): readonly string[] | undefined => {
  const [from = '', to = '', step = '1', ...more] = body.split('..')
  if (!body.includes('..') || more.length > 0) return undefined
  const letters = from.length === 1 && to.length === 1 && !Number.isInteger(Number(from))
  const [low, high] = letters
    ? [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]
    : [Number(from), Number(to)]
  const by = Math.abs(Number(step)) || 1
  if (from === '' || to === '' || !Number.isInteger(low) || !Number.isInteger(high) || !Number.isInteger(by))
    return undefined
  const count = Math.floor(Math.abs(high - low) / by) + 1
  const padded =
    !letters && (from.startsWith('0') || to.startsWith('0')) ? Math.max(from.length, to.length) : 0
  return Array.from({ length: Math.min(count, mostTexts + 1) }, (_, index) => {
    const value = low < high ? low + index * by : low - index * by
    return letters ? String.fromCodePoint(value) : String(value).padStart(padded, '0')
  })
}

const firstBrace = (text: string): Brace | undefined => {
  let at = 0
  while (at < text.length) {
    const after = Math.max(skipQuoted(text, at), skipExpansion(text, at))
    if (after > at) {
      at = after
      continue
    }
    const brace = text[at] === '{' ? braceAt(text, at) : undefined
    if (brace && brace.items.length > 1) return brace
    const items = brace && sequence(brace.items[0] ?? '')
    if (brace && items) return { ...brace, items }
    at++
  }
  return undefined
}

/** The source texts a word's braces stand for, as bash writes them out; undefined when they are too many. */
export const expandBraces = (word: string): readonly string[] | undefined => {
  const open = [word]
  const done: string[] = []
  while (open.length > 0) {
    const text = open.pop() ?? ''
    const brace = firstBrace(text)
    if (!brace) done.push(text)
    else
      for (const item of brace.items.toReversed())
        open.push(text.slice(0, brace.start) + item + text.slice(brace.end))
    if (open.length + done.length > mostTexts) return undefined
  }
  return done
}
