import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PricePeriod, pricesAt, toDecimal } from './price.ts'

describe('toDecimal', () => {
  it.each([
    [0.075, '0.075'],
    [15, '15'],
    [0, '0'],
    [1e-7, '0.0000001'],
    [1.25e-8, '0.0000000125'],
    ['0.10', '0.10'],
    ['1234567890123.000000000001', '1234567890123.000000000001'],
  ])('%j → %s', (given, written) => {
    expect(toDecimal(given, 'x')).toBe(written)
  })

  it('writes every price a number can be, and reads it back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (value) => {
        expect(Number(toDecimal(value, 'x'))).toBe(value === 0 ? 0 : value)
      }),
    )
  })

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '1,5',
    '$1',
    '-1',
    '.5',
    '01',
    '1e-7',
    undefined,
    null,
    {},
  ])('refuses %j', (given) => {
    expect(() => toDecimal(given, 'prices.input')).toThrow(/^prices\.input: expected US dollars as a decimal/)
  })
})

describe('pricesAt', () => {
  const first = { input: { usd: '1' } }
  const second = { input: { usd: '2' } }
  const night = { input: { usd: '0.5' } }
  const periods: PricePeriod[] = [
    { prices: first },
    { from: '2026-03-13', prices: second },
    { daily: { start: '16:30:00', end: '00:30:00' }, prices: night },
  ]
  it.each([
    ['2026-03-12T15:59:59.999Z', first],
    ['2026-03-13T00:30:00Z', second],
    ['2026-03-13T16:29:59Z', second],
    ['2026-03-13T16:30:00Z', night],
    ['2026-03-13T23:59:59Z', night],
    ['2026-03-14T00:29:59Z', night],
    ['2026-03-14T12:00:00Z', second],
  ])('%s', (at, prices) => {
    expect(pricesAt(periods, new Date(at))).toBe(prices)
  })

  it('reads a span within a day', () => {
    const day: PricePeriod[] = [{ daily: { start: '01:00:00', end: '04:00:00' }, prices: first }]
    expect(pricesAt(day, new Date('2026-01-01T03:59:59Z'))).toBe(first)
    expect(pricesAt(day, new Date('2026-01-01T04:00:00Z'))).toBeUndefined()
    expect(pricesAt(day, new Date('2026-01-01T00:59:59Z'))).toBeUndefined()
  })

  it('knows no price before the first period, or of a model without any', () => {
    expect(
      pricesAt([{ from: '2026-03-13', prices: second }], new Date('2026-03-12T00:00:00Z')),
    ).toBeUndefined()
    expect(pricesAt(undefined, new Date())).toBeUndefined()
    expect(pricesAt([], new Date())).toBeUndefined()
  })
})
