import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineDecoder } from './line-decoder.ts'

const decodeAll = (chunks: readonly Uint8Array[]): string[] => {
  const decoder = createLineDecoder()
  return [...chunks.flatMap((chunk) => [...decoder.push(chunk)]), ...decoder.end()]
}

const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

const line = fc.json({ stringUnit: 'binary' })

describe('createLineDecoder', () => {
  it('gives the same lines however the bytes are cut', () => {
    const property = fc.property(
      fc.array(line),
      fc.constantFrom('\n', '\r\n', '\n\n'),
      fc.boolean(),
      fc.array(fc.nat()),
      (lines, separator, closed, cuts) => {
        const text = lines.join(separator) + (closed && lines.length > 0 ? separator : '')
        expect(decodeAll(cutAt(new TextEncoder().encode(text), cuts))).toEqual(lines)
      },
    )
    fc.assert(property)
  })

  it('never cuts a character', () => {
    const bytes = new TextEncoder().encode('{"a":"ß🌍"}\n{"b":"ü"}\n')
    expect(decodeAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(['{"a":"ß🌍"}', '{"b":"ü"}'])
    // What decoding each packet by itself would give.
    expect(Array.from(bytes, (byte) => new TextDecoder().decode(Uint8Array.of(byte))).join('')).toContain('�')
  })

  it('gives the lines of one packet together, and the rest at the end', () => {
    const decoder = createLineDecoder()
    expect(decoder.push(Buffer.from('1\n2\n3'))).toEqual(['1', '2'])
    expect(decoder.end()).toEqual(['3'])
    expect(decoder.end()).toEqual([])
  })

  it('does not wait for a line without end', () => {
    const decoder = createLineDecoder(8)
    expect(decoder.push(Buffer.from('12345678'))).toEqual([])
    expect(() => decoder.push(Buffer.from('9'))).toThrow('A line is longer than 8 bytes')
    expect(createLineDecoder(8).push(Buffer.from('123456789\n'))).toEqual(['123456789'])
  })
})
