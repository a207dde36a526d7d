import fc from 'fast-check'
import { Tiktoken } from 'js-tiktoken/lite'
import { describe, expect, it } from 'vitest'
import { anyText } from '../fixtures/any-text.ts'
import type { EncodingName, RankTable } from './encoding.ts'
import { loadEncoding } from './load-encoding.ts'
import { createPiece } from './piece.ts'
import { createVocabulary, noToken } from './vocabulary.ts'

const tables = {
  o200k_base: () => import('js-tiktoken/ranks/o200k_base'),
  cl100k_base: () => import('js-tiktoken/ranks/cl100k_base'),
  p50k_base: () => import('js-tiktoken/ranks/p50k_base'),
  r50k_base: () => import('js-tiktoken/ranks/r50k_base'),
}
const names: EncodingName[] = ['o200k_base', 'cl100k_base', 'p50k_base', 'r50k_base']

/** Tokens that merging by lower ranks alone does not make of exactly two parts. */
const unreachable = ({ bpe_ranks }: Pick<RankTable, 'bpe_ranks'>): number[] => {
  const { bytes, offsets } = createVocabulary(bpe_ranks)
  const piece = createPiece({ ...createVocabulary(bpe_ranks) })
  const found: number[] = []
  for (let id = 0; id < offsets.length - 1; id++) {
    const start = offsets[id] ?? 0
    const end = offsets[id + 1] ?? 0
    if (end - start < 2) continue
    piece.read(bytes, start, end)
    const cuts = Array.from({ length: end - start + 1 }, (_, i) => i)
    for (;;) {
      let lowest = id
      let at = -1
      for (let i = 0; i + 2 < cuts.length; i++) {
        const rank = piece.find(cuts[i] ?? 0, cuts[i + 2] ?? 0)
        if (rank < lowest) [lowest, at] = [rank, i]
      }
      if (at < 0) break
      cuts.splice(at + 1, 1)
    }
    if (cuts.length !== 3) found.push(id)
  }
  return found
}

describe.each(names)('%s', (name) => {
  it('gives the tokens of js-tiktoken, with special tokens as ordinary text', async () => {
    const { encode, count, decode } = await loadEncoding(name)
    const reference = new Tiktoken((await tables[name]()).default)
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = encode(text)
        expect(tokens).toEqual(reference.encode(text, [], []))
        expect(count(text)).toBe(tokens.length)
        expect(decode(tokens)).toBe(text.toWellFormed())
      }),
      { numRuns: 500 },
    )
  })

  it('has only tokens that merges of lower rank make, which is what merging by runs rests on', async () => {
    expect(unreachable((await tables[name]()).default)).toEqual([])
  })

  it('refuses to decode what is not its token', async () => {
    const { decode } = await loadEncoding(name)
    expect(() => decode([1, 250_000])).toThrow(`tokens: expected token ids of ${name}, received 250000`)
    expect(() => decode([-1])).toThrow(/expected token ids/)
    expect(() => decode([0.5])).toThrow(/expected token ids/)
  })
})

it('would notice a token no merge makes', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  expect(unreachable({ bpe_ranks: `! 0 ${['a', 'b', 'c', 'abc'].map(base64).join(' ')}` })).toEqual([3])
})

describe('loadEncoding', () => {
  it('builds a table once', async () => {
    const [a, b] = await Promise.all([loadEncoding('o200k_base'), loadEncoding('o200k_base')])
    expect(a).toBe(b)
  })

  it('names the encodings when asked for another', async () => {
    const unknown: string = 'q200k_base'
    // @ts-expect-error a caller without types
    await expect(loadEncoding(unknown)).rejects.toThrow(/encoding: expected one of o200k_base, cl100k_base/)
    // @ts-expect-error a caller without types
    await expect(loadEncoding('toString')).rejects.toThrow(/received "toString"/)
  })
})

describe('a loaded encoding', () => {
  it('decodes special tokens, and joins characters cut by a token border', async () => {
    const { encode, decode } = await loadEncoding('o200k_base')
    expect(decode([...encode('end'), 199_999])).toBe('end<|endoftext|>')
    const tokens = encode('𒀀\ufeff𒀀')
    expect(tokens.length).toBeGreaterThan(4)
    expect(decode(tokens)).toBe('𒀀\ufeff𒀀')
    expect(decode(tokens.slice(0, 1))).toBe('\ufffd')
    expect(decode([])).toBe('')
  })

  it('counts the same after a long piece as before it', async () => {
    const { count } = await loadEncoding('cl100k_base')
    const text = 'antidisestablishmentarianism zxqv'
    const before = count(text)
    expect(count('x'.repeat(300_000))).toBe(37_500)
    expect(count(text)).toBe(before)
    expect(noToken).toBeGreaterThan(200_000)
  })
})
