import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenize } from './tokenize.ts'

describe('tokenize', () => {
  it.each([
    ['Hello, World! 42', ['hello', 'world', '42']],
    ["don't stop", ['don', 't', 'stop']],
    ['snake_case and kebab-case', ['snake_case', 'and', 'kebab', 'case']],
    ['ﬁnd ＡＢＣ', ['find', 'abc']],
    ['ÉCOLE e\u0301cole', ['école', 'école']],
    ['Привет, мир', ['привет', 'мир']],
    ['क्षमा करें', ['क्षमा', 'करें']],
    ['我们的目标', ['我们', '们的', '的目', '目标']],
    ['GPT模型v2', ['gpt', '模型', 'v2']],
    ['東京タワー', ['東京', '京タ', 'タワ', 'ワー']],
    ['山', ['山']],
    ['ภาษา', ['ภา', 'าษ', 'ษา']],
    ['한국어 문서', ['한국어', '문서']],
    ['', []],
    ['— … !?', []],
    ['😀', []],
  ])('%j', (text, terms) => {
    expect(tokenize(text)).toEqual(terms)
  })

  it('gives words only, and the same however the text is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const terms = tokenize(text)
        for (const term of terms) expect(term).toMatch(/^[\p{L}\p{M}\p{N}_ー]+$/u)
        expect(tokenize(text.normalize('NFD'))).toEqual(tokenize(text.normalize('NFC')))
        expect(tokenize(`  ${text}\n`)).toEqual(terms)
      }),
    )
  })
})
