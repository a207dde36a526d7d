import { describe, expect, it } from 'vitest'
import golden from '../fixtures/golden.json' with { type: 'json' }
import { longTexts } from '../fixtures/long-texts.ts'
import type { EncodingName } from './encoding.ts'
import { loadEncoding } from './load-encoding.ts'

const names: EncodingName[] = ['o200k_base', 'cl100k_base', 'p50k_base', 'r50k_base']

/** FNV-1a over the tokens: a number that stands for all of them in the file. */
const hashOf = (tokens: readonly number[]): number => {
  let hash = 0x811c9dc5
  for (const token of tokens) hash = Math.imul(hash ^ token, 0x01000193) >>> 0
  return hash
}

// The numbers are those of tiktoken 0.14.0, the vendor's own library (Python), with the same tables.
describe('200,000 characters in few pieces have the tokens of tiktoken', () => {
  const texts = longTexts(200_000)
  it.each(Object.entries(golden))('%s', async (title, expected) => {
    const text = texts[title] ?? ''
    expect(text).toHaveLength(200_000)
    for (const name of names) {
      const { encode, count } = await loadEncoding(name)
      const tokens = encode(text)
      expect({ name, count: tokens.length, hash: hashOf(tokens) }).toEqual({ name, ...expected[name] })
      expect(count(text)).toBe(tokens.length)
    }
  })

  it('and not of any other text', async () => {
    const { encode } = await loadEncoding('o200k_base')
    const text = `${texts['random Chinese']?.slice(1) ?? ''}的`
    expect(hashOf(encode(text))).not.toBe(golden['random Chinese'].o200k_base.hash)
  })
})

describe('short texts have the tokens of js-tiktoken 1.0.21', () => {
  it.each([
    ['Hello, world!', 4, 4],
    ['你好,世界', 6, 3],
    ['Привет, как дела?', 8, 6],
    ['👨‍👩‍👧‍👦 family', 19, 12],
    ['The quick brown fox jumps over the lazy dog. '.repeat(20), 201, 201],
    ['export const add = (a: number, b: number): number => a + b;\n', 19, 19],
    ['', 0, 0],
  ])('%j', async (text, cl100k, o200k) => {
    expect((await loadEncoding('cl100k_base')).count(text)).toBe(cl100k)
    expect((await loadEncoding('o200k_base')).count(text)).toBe(o200k)
  })
})
