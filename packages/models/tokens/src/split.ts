import { characterClass } from './character-class.ts'

/** Text on its way through a split: UTF-8, and the class of each byte's character with a 0 after the last. */
export interface ClassifiedText {
  readonly bytes: Uint8Array
  readonly classes: Uint8Array
}

/** Where the piece that starts at `start` ends: one match of an encoding's pattern, found in one pass. */
export type Split = (text: ClassifiedText, start: number) => number

const { number, newline, space } = characterClass
const blank = newline | space

/** The end of the run of classes in `set` from `at` on. Reads no decoded character: every byte has its class. */
export const runEnd = (classes: Uint8Array, at: number, set: number): number => {
  while (((classes[at] ?? 0) & set) !== 0) at++
  return at
}

/** The end of the character that starts at `at`. */
export const charEnd = (bytes: Uint8Array, at: number): number => {
  do at++
  while (((bytes[at] ?? 0) & 0xc0) === 0x80)
  return at
}

/** The start of the character that ends at `end`. */
export const charStart = (bytes: Uint8Array, end: number): number => {
  do end--
  while (((bytes[end] ?? 0) & 0xc0) === 0x80)
  return end
}

/** `\p{N}{1,3}` */
export const numberEnd = ({ bytes, classes }: ClassifiedText, at: number): number => {
  for (let digits = 0; digits < 3 && classes[at] === number; digits++) at = charEnd(bytes, at)
  return at
}

/** `\s+(?!\S)|\s+`: a run of blanks leaves its last to what follows it, unless it is the only one or the end. */
export const blankEnd = ({ bytes, classes }: ClassifiedText, at: number): number => {
  const end = runEnd(classes, at, blank)
  if (end === bytes.length) return end
  const last = charStart(bytes, end)
  return last > at ? last : end
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last newline of the run, if it has one. */
export const linesEnd = (text: ClassifiedText, at: number): number => {
  const { classes } = text
  let end = runEnd(classes, at, blank)
  while (end > at && classes[end - 1] !== newline) end--
  return end > at ? end : blankEnd(text, at)
}

const apostrophe = 0x27

/**
 * `'(?i:[sdmt]|ll|ve|re)` or nothing. The long s (U+017F) folds to s.
 */
export const contractionEnd = ({ bytes }: ClassifiedText, at: number): number => {
  if (bytes[at] !== apostrophe) return at
  const first = (bytes[at + 1] ?? 0) | 0x20
  const second = (bytes[at + 2] ?? 0) | 0x20
  if (first === 0x73 || first === 0x64 || first === 0x6d || first === 0x74) return at + 2
  if (first === 0x6c) return second === 0x6c ? at + 3 : at
  if (first === 0x76 || first === 0x72) return second === 0x65 ? at + 3 : at
  return bytes[at + 1] === 0xc5 && bytes[at + 2] === 0xbf ? at + 3 : at
}
