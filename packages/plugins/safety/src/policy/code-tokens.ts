/** A word, a string or a sign of a program in one of the languages that have `-e`. */
export interface CodeToken {
  readonly kind: 'word' | 'string' | 'sign'
  readonly text: string
}

const isWord = (character: string): boolean => /^[\w$]$/.test(character)
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0' }

const readString = (code: string, at: number): { text: string; end: number } => {
  const quote = code[at] ?? ''
  const mark = code.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote
  let text = ''
  let end = at + mark.length
  while (end < code.length && !code.startsWith(mark, end)) {
    if (code[end] !== '\\') text += code[end++] ?? ''
    else {
      const next = code[end + 1] ?? ''
      const length = next === 'x' ? 2 : next === 'u' ? 4 : 0
      const value = length > 0 ? Number.parseInt(code.slice(end + 2, end + 2 + length), 16) : Number.NaN
      text += Number.isNaN(value) ? (escapes[next] ?? next) : String.fromCodePoint(value)
      end += 2 + (Number.isNaN(value) ? 0 : length)
    }
  }
  return { text, end: end + mark.length }
}

/** Splits a program roughly, the way Python, JavaScript, Perl, Ruby and PHP have in common; joins `'a' + 'b'`. */
export const codeTokens = (code: string): readonly CodeToken[] => {
  const tokens: CodeToken[] = []
  let at = 0
  const add = (token: CodeToken): void => {
    const sign = tokens.at(-1)
    const before = tokens.at(-2)
    if (token.kind === 'string' && before?.kind === 'string' && (sign?.text === '+' || sign?.text === '.'))
      tokens.splice(-2, 2, { kind: 'string', text: before.text + token.text })
    else if (token.kind === 'string' && sign?.kind === 'string')
      tokens.splice(-1, 1, { kind: 'string', text: sign.text + token.text })
    else tokens.push(token)
  }
  while (at < code.length) {
    const character = code[at] ?? ''
    if (character === '"' || character === "'" || character === '`') {
      const { text, end } = readString(code, at)
      add({ kind: 'string', text })
      // What a template holds is code again.
      if (character === '`' && text.includes('${'))
        tokens.push(...codeTokens(text.replaceAll('${', ' template( ')))
      at = end
    } else if (isWord(character)) {
      let end = at
      while (end < code.length && isWord(code[end] ?? '')) end++
      add({ kind: 'word', text: code.slice(at, end) })
      at = end
    } else {
      if (character.trim() !== '') add({ kind: 'sign', text: character })
      at++
    }
  }
  return tokens
}
