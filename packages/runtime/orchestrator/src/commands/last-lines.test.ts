import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastLines, lineEnd, widthOf } from './last-lines.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'word', ' ', '\n', '\t', '茶', '🫖', 'é', '\u001B[31m') })

describe('lastLines', () => {
  it('breaks between words, and gives the end', () => {
    const options = { width: 12, count: 2 }
    expect(lastLines('one two three four five', options)).toEqual(['three four', 'five'])
    expect(lastLines('one\n\n  two\n', options)).toEqual(['one', 'two'])
    expect(lastLines('a'.repeat(30), options)).toEqual(['a'.repeat(12), 'a'.repeat(6)])
    expect(lastLines('', options)).toEqual([])
  })
  it('counts what a terminal draws two columns wide', () => {
    expect(widthOf('茶 🫖 é')).toBe(7)
    expect(lastLines('烏龍茶三分鐘', { width: 5, count: 3 })).toEqual(['烏龍', '茶三', '分鐘'])
  })
  it('never gives more, or wider, lines than there is room for, and nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (any, width, count) => {
          const lines = lastLines(any, { width, count })
          expect(lines.length).toBeLessThanOrEqual(count)
          for (const line of [...lines, lineEnd(any, width)]) {
            expect(widthOf(line)).toBeLessThanOrEqual(width)
            expect(line).not.toMatch(/\p{Cc}/u)
          }
          const all = lastLines(any, { width, count: 1_000 })
          // Nothing is lost but space.
          expect(all.join('').replaceAll(/\s/g, '')).toBe(any.replaceAll(/\s|(?!\s)\p{Cc}/gu, ''))
        },
      ),
    )
  })
})

describe('lineEnd', () => {
  it('is the text where that fits, else its last words', () => {
    expect(lineEnd(' one\n two ', 20)).toBe('one two')
    expect(lineEnd('one two three four', 12)).toBe('…three four')
    expect(lineEnd('abcdefghijkl', 6)).toBe('…hijkl')
  })
})
