import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineSplitter, type LongLine } from './line-splitter.ts'

const split = (chunks: readonly Buffer[], maxBytes: number) => {
  const lines: string[] = []
  const long: LongLine[] = []
  const splitter = createLineSplitter({
    maxBytes,
    onLine: (line) => lines.push(line.toString('latin1')),
    onLongLine: (line) => long.push(line),
  })
  for (const chunk of chunks) splitter.push(chunk)
  return { lines, long, open: splitter.open }
}

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

describe('createLineSplitter', () => {
  it('finds the same lines wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '{', '\n', 'é', '😀')),
        fc.array(fc.nat()),
        (letters, places) => {
          const bytes = Buffer.from(letters.join(''))
          const { lines, open } = split(cut(bytes, places), 1e6)
          const expected = bytes.toString('latin1').split('\n')
          expect(lines).toEqual(expected.slice(0, -1))
          expect(open.bytes).toBe(expected.at(-1)?.length)
        },
      ),
    )
  })
  it('keeps head, tail and length of a line that is too long, and goes on with the next', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.array(fc.nat()), (extra, places) => {
        const text = `HEAD${'x'.repeat(2048 + extra)}TAIL`
        const { lines, long } = split(cut(Buffer.from(`one\n${text}\ntwo\n`), places), 2048)
        expect(lines).toEqual(['one', 'two'])
        expect(long.map(({ bytes }) => bytes)).toEqual([text.length])
        expect(long[0]?.head.toString()).toBe(text.slice(0, 1024))
        expect(long[0]?.tail.toString()).toBe(text.slice(-1024))
      }),
    )
  })
  it('takes time in proportion to the bytes', () => {
    const chunk = Buffer.alloc(1024, 'x')
    const chunks = Array.from({ length: 32 * 1024 }, () => chunk)
    const { lines } = split([...chunks, Buffer.from('\n')], 64 * 1024 * 1024)
    expect(lines[0]?.length).toBe(32 * 1024 * 1024)
  })
})
