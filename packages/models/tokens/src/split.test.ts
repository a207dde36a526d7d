import fc from 'fast-check'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import o200k from 'js-tiktoken/ranks/o200k_base'
import r50k from 'js-tiktoken/ranks/r50k_base'
import { describe, expect, it } from 'vitest'
import { createClassifier } from './character-class.ts'
import { splitCl100k } from './split-cl100k.ts'
import { splitGpt2 } from './split-gpt2.ts'
import { splitO200k } from './split-o200k.ts'
import type { Split } from './split.ts'
import { anyText } from '../fixtures/any-text.ts'

const classify = createClassifier()

const piecesOf = (split: Split, source: string): string[] => {
  const bytes = new TextEncoder().encode(source)
  const text = { bytes, classes: classify(bytes) }
  const pieces: string[] = []
  for (let start = 0; start < bytes.length;) {
    const end = split(text, start)
    pieces.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, end)))
    start = end
  }
  return pieces
}

/** The vendor's (Rust) reading of a pattern: `\s` is White_Space. */
const matchesOf = (pattern: string, source: string): string[] => {
  const blank = pattern
    .replaceAll('[^\\s', '[^\\p{White_Space}')
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}')
  return source.toWellFormed().match(new RegExp(blank, 'ug')) ?? []
}

describe.each([
  ['o200k_base', splitO200k, o200k.pat_str],
  ['cl100k_base', splitCl100k, cl100k.pat_str],
  ['r50k_base', splitGpt2, r50k.pat_str],
])('the split of %s', (_, split, pattern) => {
  it('cuts where the pattern does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(piecesOf(split, text)).toEqual(matchesOf(pattern, text))
      }),
      { numRuns: 3000 },
    )
  })

  it('cuts every three-character text over one character of each class where the pattern does', () => {
    const characters = [
      ' ',
      '\t',
      '\n',
      '\r',
      'a',
      'S',
      "'",
      '/',
      '!',
      '1',
      'ǅ',
      'ʰ',
      '的',
      '\u0301',
      '😀',
      '½',
      '\u3000',
    ]
    for (const a of characters)
      for (const b of characters)
        for (const c of characters)
          for (const text of [a + b + c, `${a}${b}${c}ll`, `x${a}${b}${c}`, `${a}${b}${c}B `])
            expect(piecesOf(split, text)).toEqual(matchesOf(pattern, text))
  })

  it('is told apart from another pattern by these texts', () => {
    const other = pattern.replace(' ?', '')
    expect(() =>
      fc.assert(
        fc.property(anyText, (text) => {
          expect(piecesOf(split, text)).toEqual(matchesOf(other, text))
        }),
        { numRuns: 3000 },
      ),
    ).toThrow(/Property failed/)
  })
})

describe('where JavaScript and the vendor read a pattern differently', () => {
  it('takes the long s for an s in a contraction, as case-insensitive matching does', () => {
    expect(piecesOf(splitO200k, "don'ſ it")).toEqual(["don'ſ", ' it'])
    expect(piecesOf(splitCl100k, "don'ſ it")).toEqual(['don', "'ſ", ' it'])
    expect(piecesOf(splitGpt2, "don'ſ it")).toEqual(['don', "'", 'ſ', ' it'])
  })

  it('takes U+0085 for a blank and U+FEFF for none', () => {
    expect(piecesOf(splitCl100k, '!\u0085\u0085!')).toEqual(['!', '\u0085', '\u0085', '!'])
    expect(piecesOf(splitCl100k, '!\ufeff\ufeff!')).toEqual(['!\ufeff\ufeff!'])
  })
})
