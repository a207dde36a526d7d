import fc from 'fast-check'
import o200k from 'js-tiktoken/ranks/o200k_base'
import r50k from 'js-tiktoken/ranks/r50k_base'
import { describe, expect, it } from 'vitest'
import { createEncodePiece } from './encode-piece.ts'
import { createMerge } from './merge.ts'
import { createPiece, type Piece } from './piece.ts'
import { createVocabulary, noToken } from './vocabulary.ts'

/** Byte-pair merging by definition: the lowest rank, the leftmost of it, again and again. */
const mergeByDefinition = (piece: Piece, length: number): number[] => {
  const cuts = Array.from({ length: length + 1 }, (_, i) => i)
  const find = (i: number, j: number): number => piece.find(cuts[i] ?? 0, cuts[j] ?? 0)
  for (;;) {
    let lowest = noToken
    let at = -1
    for (let i = 0; i + 2 < cuts.length; i++) {
      const rank = find(i, i + 2)
      if (rank < lowest) [lowest, at] = [rank, i]
    }
    if (at < 0) break
    cuts.splice(at + 1, 1)
  }
  return cuts.slice(1).map((_, i) => find(i, i + 1))
}

const fewLetters = (alphabet: string): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 2, maxLength: 200 })

const pieces = fc.oneof(
  ...['a', 'ab', ' ', 'aeinrst', ' \n\t', '-=*#', 'AaBb', '的是不了', '😀👨\u200d', '\u0301\u0300'].map(
    fewLetters,
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
)

describe.each([
  ['o200k_base', o200k.bpe_ranks],
  ['r50k_base', r50k.bpe_ranks],
])('merging with %s', (_, ranks) => {
  const vocabulary = createVocabulary(ranks)
  const piece = createPiece(vocabulary)
  const merge = createMerge(piece, vocabulary.offsets.length)

  it('makes of any piece what the definition makes of it', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        const bytes = new TextEncoder().encode(text)
        piece.read(bytes, 0, bytes.length)
        const tokens: number[] = []
        expect(merge(bytes.length, tokens)).toBe(tokens.length)
        expect(tokens).toEqual(mergeByDefinition(piece, bytes.length))
      }),
      { numRuns: 600 },
    )
  })

  it('makes the same in windows, however small, and whatever they have in common', () => {
    const small = [
      [1, 1],
      [2, 1],
      [7, 2],
      [40, 16],
    ].map(([windowSize = 1, overlap = 1]) => createEncodePiece(vocabulary, { windowSize, overlap }))
    fc.assert(
      fc.property(pieces, fc.constantFrom(...small), (text, encodePiece) => {
        const bytes = new TextEncoder().encode(text)
        const tokens: number[] = []
        expect(encodePiece(bytes, { start: 0, end: bytes.length }, tokens)).toBe(tokens.length)
        piece.read(bytes, 0, bytes.length)
        const whole = piece.find(0, bytes.length)
        expect(tokens).toEqual(whole === noToken ? mergeByDefinition(piece, bytes.length) : [whole])
      }),
      { numRuns: 1500 },
    )
  })

  it('would make something else of windows that have nothing in common', () => {
    const bytes = new TextEncoder().encode('aaaaaaaaaaaaaaaaaaaaaaa')
    const tokensOf = (start: number, end: number): number[] => {
      piece.read(bytes, start, end)
      return mergeByDefinition(piece, end - start)
    }
    expect([...tokensOf(0, 7), ...tokensOf(7, 23)]).not.toEqual(tokensOf(0, 23))
  })

  it('reads a piece in the middle of a text, and a single byte', () => {
    const bytes = new TextEncoder().encode('xxabcabcxx')
    piece.read(bytes, 2, 8)
    const tokens: number[] = []
    merge(6, tokens)
    const inside = new TextEncoder().encode('abcabc')
    piece.read(inside, 0, 6)
    expect(tokens).toEqual(mergeByDefinition(piece, 6))
    expect(merge(1)).toBe(1)
  })
})
