import { InvalidArgument } from '@ashlar/core/errors'
import { tokenize, type Tokenizer } from './tokenize.ts'

export interface HashedNgramsOptions {
  /** Length of the vector. @default 256 */
  readonly dimensions?: number
  /** Shortest and longest run of characters within a word. @default [3, 5] */
  readonly ngrams?: readonly [number, number]
  /** @default `tokenize`: words of any script */
  readonly tokenizer?: Tokenizer
}

/** A whole word says more than the runs of characters it is made of. */
const wordWeight = 2

/** FNV-1a over UTF-16 units, its bits then mixed (MurmurHash3), as the low ones of FNV are poor. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const checkWhole = (argument: string, value: number): void => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgument(argument, 'a whole number above 0', value)
}

/**
 * An embedding without a model: words and the runs of characters in them, each hashed to a place and a sign of the
 * vector (feature hashing), of length 1. Texts that share words, forms of a word or misspellings of it are near; texts
 * that mean the same in other words are not. The same text gives the same vector everywhere. A text without a word is
 * the zero vector.
 * @throws InvalidArgument when `dimensions` or `ngrams` is wrong
 */
export const hashedNgrams = (
  text: string,
  { dimensions = 256, ngrams: [shortest, longest] = [3, 5], tokenizer = tokenize }: HashedNgramsOptions = {},
): Float32Array => {
  checkWhole('dimensions', dimensions)
  checkWhole('ngrams[0]', shortest)
  if (!Number.isSafeInteger(longest) || longest < shortest)
    throw new InvalidArgument('ngrams[1]', `a whole number from ${shortest} on`, longest)
  const sums = new Float64Array(dimensions)
  const add = (feature: string, weight: number): void => {
    const hash = hashOf(feature)
    const place = (hash >>> 1) % dimensions
    sums[place] = (sums[place] ?? 0) + (hash & 1 ? weight : -weight)
  }
  for (const term of tokenizer(text)) {
    add(`=${term}`, wordWeight)
    const marked = Array.from(`<${term}>`)
    for (let size = shortest; size <= longest; size++)
      for (let start = 0; start + size <= marked.length; start++)
        add(marked.slice(start, start + size).join(''), 1)
  }
  const length = Math.hypot(...sums)
  return Float32Array.from(sums, (sum) => (length === 0 ? 0 : sum / length))
}
