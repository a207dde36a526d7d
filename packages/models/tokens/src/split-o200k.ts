import { characterClass } from './character-class.ts'
import {
  charEnd,
  charStart,
  type ClassifiedText,
  contractionEnd,
  linesEnd,
  numberEnd,
  runEnd,
  type Split,
} from './split.ts'

const { upper, lower, caseless, mark, number, newline, other } = characterClass
const letter = upper | lower | caseless
const notLower = upper | caseless | mark
const notUpper = lower | caseless | mark

/**
 * `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`, or failing that
 * `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+`, from `at`; `at` itself when neither matches.
 */
const wordEnd = ({ bytes, classes }: ClassifiedText, at: number): number => {
  const end = runEnd(classes, at, notLower)
  if (classes[end] === lower) return runEnd(classes, end, notUpper)
  // The first alternative backs up to its last character that is not upper case.
  for (let last = end; last > at; last = charStart(bytes, last))
    if (((classes[last - 1] ?? 0) & (caseless | mark)) !== 0) return last
  return end
}

/** The pattern of o200k_base. */
export const splitO200k: Split = (text, start) => {
  const { bytes, classes } = text
  const first = classes[start] ?? 0
  if ((first & (letter | mark)) !== 0) return contractionEnd(text, wordEnd(text, start))
  if (first === number) return numberEnd(text, start)
  const next = charEnd(bytes, start)
  if (first !== newline) {
    const end = wordEnd(text, next)
    if (end > next) return contractionEnd(text, end)
  }
  const following = classes[next] ?? 0
  if (first === other || (bytes[start] === 0x20 && (following & (other | mark)) !== 0)) {
    let end = runEnd(classes, next, other | mark)
    while (classes[end] === newline || bytes[end] === 0x2f) end++
    return end
  }
  return linesEnd(text, start)
}
