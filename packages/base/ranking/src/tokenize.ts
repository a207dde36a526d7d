/** Splits a text into the terms it is found by. */
export type Tokenizer = (text: string) => string[]

// Scripts written without spaces between words: their runs become pairs of characters.
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
const word = /[\p{L}\p{M}\p{N}_]+/gu

const pairsOf = (run: string): string[] => {
  const characters = Array.from(run)
  if (characters.length < 2) return characters
  return characters.slice(1).map((character, i) => `${characters[i] ?? ''}${character}`)
}

/**
 * Words of any script in lower case, compatibility forms folded (`ﬁ` is `fi`, `Ａ` is `a`); letters, marks, digits and
 * `_` make a word. Scripts that put no spaces between words give every pair of neighbouring characters.
 */
export const tokenize: Tokenizer = (text) => {
  const folded = text.normalize('NFKC').toLowerCase()
  const terms: string[] = []
  for (const [found] of folded.matchAll(word)) {
    let last = 0
    for (const run of found.matchAll(unspaced)) {
      if (run.index > last) terms.push(found.slice(last, run.index))
      terms.push(...pairsOf(run[0]))
      last = run.index + run[0].length
    }
    if (last < found.length) terms.push(found.slice(last))
  }
  return terms
}
