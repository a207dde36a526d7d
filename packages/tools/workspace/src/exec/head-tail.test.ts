import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadTail } from './head-tail.ts'

const capture = (max: number, chunks: readonly Uint8Array[]): ReturnType<HeadTail['end']> => {
  const captured = new HeadTail(max)
  for (const chunk of chunks) captured.push(chunk)
  return captured.end()
}

describe('HeadTail', () => {
  it('keeps all that fits, and both ends of what does not', () => {
    expect(capture(10, [Buffer.from('0123'), Buffer.from('456789')])).toEqual({
      text: '0123456789',
      bytes: 10,
      omittedBytes: 0,
    })
    expect(capture(4, [Buffer.from('0123'), Buffer.from('456789')])).toEqual({
      text: '01\n… 6 bytes left out …\n89',
      bytes: 10,
      omittedBytes: 6,
    })
  })

  it('cuts text anywhere and never makes half a character of a whole one', () => {
    const parts = fc.record({
      text: fc.string({ unit: 'grapheme', maxLength: 60 }),
      max: fc.integer({ min: 1, max: 80 }),
      cuts: fc.array(fc.nat(100), { maxLength: 8 }),
    })
    fc.assert(
      fc.property(parts, ({ text: given, max, cuts }) => {
        const text = given.toWellFormed().replaceAll('\ufffd', '')
        const bytes = Buffer.from(text)
        const places = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ]
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
        const captured = capture(max, chunks)
        expect(captured.bytes).toBe(bytes.length)
        expect(captured.text).not.toContain('\ufffd')
        const [head = '', tail = ''] = captured.text.split(/\n… \d+ bytes left out …\n/)
        expect(text.startsWith(head)).toBe(true)
        expect(text.endsWith(tail)).toBe(true)
        if (captured.omittedBytes === 0) expect(captured.text).toBe(text)
        else
          expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + captured.omittedBytes).toBe(bytes.length)
      }),
      { numRuns: 300 },
    )
  })

  it('shows what is not UTF-8 as such', () => {
    expect(capture(100, [Uint8Array.of(0x61, 0xff, 0x62)]).text).toBe('a\ufffdb')
  })
})
