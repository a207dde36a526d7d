import { createMerge } from './merge.ts'
import { createPiece } from './piece.ts'
import { noToken, type Vocabulary } from './vocabulary.ts'

/** Encodes the piece of `text` that is given; returns the number of its tokens, and appends them to `tokens` if given. */
export type EncodePiece = (
  text: Uint8Array,
  piece: { readonly start: number; readonly end: number },
  tokens?: number[],
) => number

export interface WindowOptions {
  /** Longer pieces are encoded in windows of this many bytes, which the caches of a processor hold. @default 16384 */
  readonly windowSize?: number
  /** Tokens at the end of a window that are encoded again, with what follows them; at least 1. @default 16 */
  readonly overlap?: number
}

/**
 * Encodes whole pieces: those that are a token at once, the others by merging. A long piece is merged in windows
 * from left to right, each taking in the last tokens of the one before. That is exact, not an approximation: a
 * sequence of tokens is the encoding of its bytes if, and only if, each two neighbours are the encoding of theirs.
 * So it is enough to check the one border a window leaves behind, and to go back further when it does not hold.
 */
export const createEncodePiece = (
  vocabulary: Vocabulary,
  { windowSize = 16_384, overlap = 16 }: WindowOptions = {},
): EncodePiece => {
  const { offsets } = vocabulary
  const piece = createPiece(vocabulary)
  const merge = createMerge(piece, offsets.length)
  const lengthOf = (token: number): number => (offsets[token + 1] ?? 0) - (offsets[token] ?? 0)

  const encodeWindow = (
    text: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
    tokens: number[],
  ): void => {
    piece.read(text, start, end)
    merge(end - start, tokens)
  }
  /** The two tokens around `at` are also the encoding of their bytes together. */
  const joins = (text: Uint8Array, at: number, [left, right]: readonly (number | undefined)[]): boolean => {
    if (left === undefined || right === undefined) return true
    const both: number[] = []
    encodeWindow(text, { start: at - lengthOf(left), end: at + lengthOf(right) }, both)
    return both[0] === left && both[1] === right
  }
  const encodeLong = (text: Uint8Array, start: number, end: number): number[] => {
    const tokens: number[] = []
    let to = start
    while (to < end) {
      let from = to
      to = Math.min(end, to + windowSize)
      for (let back = overlap; ; back *= 2) {
        for (let i = 0; i < back; i++) from -= lengthOf(tokens.pop() ?? noToken)
        const kept = tokens.length
        encodeWindow(text, { start: from, end: to }, tokens)
        if (joins(text, from, [tokens[kept - 1], tokens[kept]])) break
        tokens.length = kept
      }
    }
    return tokens
  }
  return (text, { start, end }, tokens) => {
    const length = end - start
    if (length <= windowSize) {
      piece.read(text, start, end)
      const whole = piece.find(0, length)
      if (whole === noToken) return merge(length, tokens)
      tokens?.push(whole)
      return 1
    }
    const found = encodeLong(text, start, end)
    if (tokens) for (const token of found) tokens.push(token)
    return found.length
  }
}
