import { characterClass } from './character-class.ts'
import { blankEnd, type ClassifiedText, contractionEnd, runEnd, type Split } from './split.ts'

const { upper, lower, caseless, mark, number, other } = characterClass
const letter = upper | lower | caseless

/** `'(?:[sdmt]|ll|ve|re)`, lower case only, or nothing. */
const plainContractionEnd = (text: ClassifiedText, at: number): number => {
  const end = contractionEnd(text, at)
  for (let i = at + 1; i < end; i++) if (((text.bytes[i] ?? 0) & 0xe0) !== 0x60) return at
  return end
}

/** The pattern of r50k_base and p50k_base. */
export const splitGpt2: Split = (text, start) => {
  const { bytes, classes } = text
  const contraction = plainContractionEnd(text, start)
  if (contraction > start) return contraction
  const at = bytes[start] === 0x20 ? start + 1 : start
  const first = classes[at] ?? 0
  if ((first & letter) !== 0) return runEnd(classes, at, letter)
  if (first === number) return runEnd(classes, at, number)
  if ((first & (other | mark)) !== 0) return runEnd(classes, at, other | mark)
  return blankEnd(text, start)
}
