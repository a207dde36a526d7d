import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneLine, printable } from './printable.ts'

const wild = fc.string({
  unit: fc.oneof(fc.constantFrom('\u001B', '\u0007', '\r', '\n', '\t', '\u009B', ' '), fc.string()),
})

const isControl = (character: string): boolean => /\p{Cc}/u.test(character) && !/[\n\t]/.test(character)

describe('text from outside', () => {
  it('keeps every character but those a terminal obeys', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const shown = printable(text)
        expect([...shown].filter(isControl)).toEqual([])
        expect(printable(shown)).toBe(shown)
        expect([...text].filter((character) => shown.includes(character)).join('')).toBe(shown)
      }),
    )
  })
  it('fits on one line', () => {
    fc.assert(
      fc.property(wild, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const line = oneLine(text, width)
        expect(line.length).toBeLessThanOrEqual(width)
        expect([...line].filter((character) => /\p{Cc}/u.test(character))).toEqual([])
      }),
    )
  })
  it('does not cut a character in two', () => {
    expect(oneLine('😀😀😀', 4).isWellFormed()).toBe(true)
  })
})
