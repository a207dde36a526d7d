/** What an awk program does beyond printing. */
export interface AwkEffects {
  readonly runs: boolean
  /** Strings in it that may be commands or files. */
  readonly strings: readonly string[]
  readonly writes: boolean
  readonly reads: boolean
  readonly environment: boolean
}

interface Token {
  readonly kind: 'word' | 'string' | 'sign'
  readonly text: string
}

const isWord = (character: string): boolean => /^\w$/.test(character)
const beforePattern = new Set([
  '(',
  ',',
  '~',
  '!',
  '&&',
  '||',
  '{',
  '}',
  ';',
  '\n',
  '',
  'return',
  'print',
  '!~',
  '==',
  'in',
])

const stringAt = (text: string, at: number): { value: string; end: number } => {
  let value = ''
  let end = at + 1
  for (; end < text.length && text[end] !== '"'; end++) {
    if (text[end] === '\\') end++
    value += text[end] ?? ''
  }
  return { value, end: end + 1 }
}

const tokensOf = (text: string): readonly Token[] | undefined => {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === ' ' || character === '\t') at++
    else if (character === '#') at = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at)
    else if (character === '"') {
      const { value, end } = stringAt(text, at)
      if (end > text.length) return undefined
      tokens.push({ kind: 'string', text: value })
      at = end
    } else if (character === '/' && beforePattern.has(tokens.at(-1)?.text ?? '')) {
      let end = at + 1
      while (end < text.length && text[end] !== '/') end += text[end] === '\\' ? 2 : 1
      if (end >= text.length) return undefined
      tokens.push({ kind: 'sign', text: '/…/' })
      at = end + 1
    } else if (isWord(character)) {
      let end = at
      while (end < text.length && isWord(text[end] ?? '')) end++
      tokens.push({ kind: 'word', text: text.slice(at, end) })
      at = end
    } else {
      const two = text.slice(at, at + 2)
      const sign = ['&&', '||', '>>', '>=', '<=', '==', '!=', '!~', '|&', '++', '--'].includes(two)
        ? two
        : character
      tokens.push({ kind: 'sign', text: sign })
      at += sign.length
    }
  }
  return tokens
}

const words: Readonly<Record<string, 'runs' | 'reads' | 'environment'>> = {
  system: 'runs',
  getline: 'reads',
  ENVIRON: 'environment',
  PROCINFO: 'environment',
}

/** Reads an awk program; undefined when it is not understood. */
export const readAwkProgram = (text: string): AwkEffects | undefined => {
  const tokens = tokensOf(text)
  if (!tokens || tokens.some((token) => token.text === '@')) return undefined
  let printing = false
  let depth = 0
  const found = { runs: false, writes: false, reads: false, environment: false }
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'word') {
      const effect = words[token.text]
      if (effect) found[effect] = true
      if (token.text === 'print' || token.text === 'printf') {
        printing = true
        depth = 0
      }
    } else if (token.kind === 'sign') {
      if (token.text === '|' || token.text === '|&') found.runs = true
      if (token.text === '(') depth++
      if (token.text === ')') depth--
      if (token.text === ';' || token.text === '}' || token.text === '\n') printing = false
      const redirects =
        token.text === '>>' ||
        (token.text === '>' && (tokens[index + 1]?.kind === 'string' || (printing && depth <= 0)))
      if (redirects) found.writes = true
    }
  }
  return { ...found, strings: tokens.filter((token) => token.kind === 'string').map((token) => token.text) }
}
