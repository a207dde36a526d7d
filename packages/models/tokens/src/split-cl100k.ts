import { characterClass } from './character-class.ts'
import { charEnd, contractionEnd, linesEnd, numberEnd, runEnd, type Split } from './split.ts'

const { upper, lower, caseless, mark, number, newline, other } = characterClass
const letter = upper | lower | caseless

/** The pattern of cl100k_base. */
export const splitCl100k: Split = (text, start) => {
  const { bytes, classes } = text
  const first = classes[start] ?? 0
  if ((first & letter) !== 0) return runEnd(classes, start, letter)
  if (first === number) return numberEnd(text, start)
  const contraction = contractionEnd(text, start)
  if (contraction > start) return contraction
  const next = charEnd(bytes, start)
  const following = classes[next] ?? 0
  if (first !== newline && (following & letter) !== 0) return runEnd(classes, next, letter)
  if ((first & (other | mark)) !== 0 || (bytes[start] === 0x20 && (following & (other | mark)) !== 0))
    return runEnd(classes, runEnd(classes, next, other | mark), newline)
  return linesEnd(text, start)
}
