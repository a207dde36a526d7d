import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'
import { TextDecoding, type TextEncoding } from './text-decoding.ts'

const decode = (chunks: readonly Uint8Array[], encoding?: TextEncoding): string => {
  const decoding = new TextDecoding('a.txt', encoding)
  return chunks.map((chunk) => decoding.push(chunk)).join('') + decoding.end()
}

const utf16 = (text: string, big: boolean): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return big ? bytes.swap16() : bytes
}

/** The bytes cut at these places. */
const split = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

const text = fc
  .string({
    unit: fc.oneof(fc.constantFrom('\n', '\r\n', 'é', '漢', '🙂', '\ufeff'), fc.string({ maxLength: 3 })),
  })
  .map((value) => value.replaceAll('\0', ''))

describe('TextDecoding', () => {
  it('gives the same text however the bytes are split', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.constantFrom('8', 'le', 'be'),
        (value, cuts, kind) => {
          const bytes = kind === '8' ? Buffer.from(`\ufeff${value}`) : utf16(value, kind === 'be')
          expect(decode(split(bytes, cuts))).toBe(value)
          expect(decode([...bytes].map((byte) => Uint8Array.of(byte)))).toBe(value)
        },
      ),
    )
  })

  it('says which encoding it found', () => {
    for (const [bytes, encoding] of [
      [Buffer.from('a'), 'utf-8'],
      [utf16('a', false), 'utf-16le'],
      [utf16('a', true), 'utf-16be'],
    ] as const) {
      const decoding = new TextDecoding('a.txt')
      decoding.push(bytes)
      expect(decoding.encoding).toBe(encoding)
    }
  })

  it('reads Windows-1252 when told to', () => {
    const bytes = Uint8Array.of(0x93, 0x63, 0x61, 0x66, 0xe9, 0x94)
    expect(decode([bytes], 'windows-1252')).toBe('“café”')
    expect(() => decode([bytes])).toThrow(/windows-1252/)
  })

  it.each([
    ['a cut UTF-8 character', [0x61, 0xe2, 0x82], 'encoding'],
    ['an overlong encoding', [0x61, 0xc0, 0xaf], 'encoding'],
    ['an encoded surrogate', [0xed, 0xa0, 0x80], 'encoding'],
    ['half a UTF-16 unit', [0xff, 0xfe, 0x61, 0x00, 0x62], 'encoding'],
    ['a NUL', [0x61, 0x00, 0x62], 'binary'],
    ['UTF-32', [0xff, 0xfe, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00], 'binary'],
    ['PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00], 'binary'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => decode([Uint8Array.from(bytes)])).toThrow(expect.objectContaining({ code, path: 'a.txt' }))
  })

  it('takes no bytes and one byte', () => {
    expect(decode([])).toBe('')
    expect(decode([Uint8Array.of(0x61)])).toBe('a')
  })
})

describe('LineSplitter', () => {
  const splitAll = (pieces: readonly string[], max = Infinity): { text: string; cut: boolean }[] => {
    const splitter = new LineSplitter(max)
    return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
  }

  it('gives the same lines however the text is split, and loses nothing', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 8 }), (value, cuts) => {
        const places = [
          0,
          ...cuts.map((cut) => cut % (value.length + 1)).toSorted((a, b) => a - b),
          value.length,
        ]
        const lines = splitAll(places.slice(1).map((end, index) => value.slice(places[index], end)))
        expect(lines.map((line) => line.text).join('')).toBe(value)
        expect(lines).toEqual(splitAll([value]))
        for (const line of lines.slice(0, -1)) expect(line.text).toMatch(/^[^\n]*\n$/)
      }),
    )
  })

  it('holds no more of a long line than its bound, and no half characters', () => {
    expect(splitAll(['abc', 'defg', 'h\nxy\n'], 5)).toEqual([
      { text: 'abcde', cut: true },
      { text: 'xy\n', cut: false },
    ])
    expect(splitAll(['abcd🙂e\n'], 5)).toEqual([{ text: 'abcd', cut: true }])
    expect(splitAll(['abcd', '\ud83d', '\ude42'], 5)).toEqual([{ text: 'abcd', cut: true }])
  })
})
