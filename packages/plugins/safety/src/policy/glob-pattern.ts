const special = new Set(['*', '?', '[', ']', '\\', '!', '-'])

/** A literal text as a glob that matches only it. */
export const escapeGlob = (text: string): string => {
  let pattern = ''
  for (const character of text) pattern += special.has(character) ? `\\${character}` : character
  return pattern
}

/** The text of a glob without escapes, when nothing in it is active. */
export const unescapeGlob = (pattern: string): string => {
  let text = ''
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\' && at + 1 < pattern.length) at++
    text += pattern[at] ?? ''
  }
  return text
}

export const hasGlob = (pattern: string): boolean => {
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') at++
    else if (character === '*' || character === '?' || character === '[') return true
  }
  return false
}

const inBracket = (set: string, character: string): boolean => {
  const negated = set[0] === '!' || set[0] === '^'
  let found = false
  for (let at = negated ? 1 : 0; at < set.length; at++) {
    const low = set[at] === '\\' ? (set[++at] ?? '') : (set[at] ?? '')
    if (set[at + 1] === '-' && at + 2 < set.length) {
      at += 2
      const high = set[at] === '\\' ? (set[++at] ?? '') : (set[at] ?? '')
      if (low <= character && character <= high) found = true
    } else if (low === character) found = true
  }
  // Named classes ([:alpha:]) are not told apart: they may match anything.
  return set.includes('[:') || found !== negated
}

/** Where the bracket that opens at `at` closes; undefined for a lone `[`. */
const bracketEnd = (pattern: string, at: number): number | undefined => {
  let end = at + 1
  if (pattern[end] === '!' || pattern[end] === '^') end++
  if (pattern[end] === ']') end++
  while (end < pattern.length && pattern[end] !== ']') {
    const named = pattern[end] === '[' && ':.='.includes(pattern[end + 1] ?? '?')
    const close = named ? pattern.indexOf(`${pattern[end + 1] ?? ''}]`, end + 2) : -1
    if (close > 0) end = close + 2
    else end += pattern[end] === '\\' ? 2 : 1
  }
  return end < pattern.length ? end : undefined
}

/** One step: how far the element at `at` reaches and whether it takes `character`. */
const element = (pattern: string, at: number, character: string): { next: number; matches: boolean } => {
  const own = pattern[at]
  if (own === '?') return { next: at + 1, matches: character !== '' }
  if (own === '\\' && at + 1 < pattern.length) return { next: at + 2, matches: pattern[at + 1] === character }
  const end = own === '[' ? bracketEnd(pattern, at) : undefined
  if (end !== undefined)
    return { next: end + 1, matches: character !== '' && inBracket(pattern.slice(at + 1, end), character) }
  return { next: at + 1, matches: own === character }
}

/** Whether the whole of `text` matches a shell glob (`*`, `?`, `[…]`, `\`), in time linear per star. */
export const matchesGlob = (pattern: string, text: string): boolean => {
  let at = 0
  let position = 0
  let star = -1
  let retry = 0
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at++
      retry = position
      continue
    }
    const { next, matches } =
      at < pattern.length ? element(pattern, at, text[position] ?? '') : { next: at, matches: false }
    if (matches) {
      at = next
      position++
    } else if (star >= 0) {
      at = star + 1
      position = ++retry
    } else return false
  }
  while (pattern[at] === '*') at++
  return at >= pattern.length
}
