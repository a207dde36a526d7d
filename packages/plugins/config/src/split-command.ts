/**
 * A command as a program and its arguments: words apart, '…' as it is, "…" with \" and \\, and a backslash before any
 * character. No shell: nothing is expanded, and no pipe or list is one. Empty when a quote is left open.
 */
export const splitCommand = (text: string): string[] => {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? ''
    const next = text[at + 1]
    if (quote !== '') {
      if (letter === quote) quote = ''
      else if (quote === '"' && letter === '\\' && (next === '"' || next === '\\')) {
        word += next
        at++
      } else word += letter
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (letter === '\\' && next !== undefined) {
      word = (word ?? '') + next
      at++
    } else word = (word ?? '') + letter
  }
  if (quote !== '') return []
  return word === undefined ? words : [...words, word]
}
