import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatUsd, priceTimes, toPicoDollars, toUsdString } from './money.ts'

describe('toPicoDollars and toUsdString', () => {
  it.each([
    ['0', 0n],
    ['1', 1_000_000_000_000n],
    ['0.075', 75_000_000_000n],
    ['-2.50', -2_500_000_000_000n],
    ['0.000000000001', 1n],
    ['0.0000000000010', 1n],
  ])('%s', (usd, pico) => expect(toPicoDollars(usd)).toBe(pico))

  it('are each other’s inverse, far beyond what a number can hold', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (pico) => {
        expect(toPicoDollars(toUsdString(pico))).toBe(pico)
      }),
    )
  })

  it.each(['', '1e-7', '$1', '.5', '1.', '0.0000000000001', ' 1', '1,5'])('refuse %j', (usd) => {
    expect(() => toPicoDollars(usd)).toThrow(/^usd: expected US dollars as a decimal/)
  })
})

describe('toPicoDollars of a number', () => {
  it.each([
    [0.1 + 0.2, 300_000_000_000n],
    [10 / 3, 3_333_333_333_333n],
    [1e-7, 100_000n],
    [-0.5, -500_000_000_000n],
    [0, 0n],
    [9_000_000, 9_000_000n * 10n ** 12n],
  ])('%d is rounded to a picodollar', (usd, pico) => expect(toPicoDollars(usd)).toBe(pico))

  it.each([NaN, Infinity, 1e21])('refuses %d', (usd) => {
    expect(() => toPicoDollars(usd)).toThrow(/^usd: expected US dollars as a decimal/)
  })
})

describe('formatUsd', () => {
  it.each([
    ['0', '$0.00'],
    ['1', '$1.00'],
    ['1234.567', '$1234.57'],
    ['0.5', '$0.50'],
    ['0.0123', '$0.012'],
    ['0.000375', '$0.00038'],
    ['0.000000000001', '$0.000000000001'],
    ['0.999', '$1.00'],
    ['-0.25', '-$0.25'],
  ])('%s → %s', (usd, shown) => expect(formatUsd(toPicoDollars(usd))).toBe(shown))

  it.each([
    ['0.005', 2, '$0.01'],
    ['0.0049', 2, '$0.00'],
    ['-0.0049', 2, '$0.00'],
    ['2.5', 0, '$3'],
    ['1', 12, '$1.000000000000'],
  ])('%s in %i digits → %s', (usd, digits, shown) => {
    expect(formatUsd(toPicoDollars(usd), { digits })).toBe(shown)
  })

  it.each([-1, 13, 1.5])('refuses %d digits', (digits) => {
    expect(() => formatUsd(1n, { digits })).toThrow(/^digits: expected a whole number from 0 to 12/)
  })
})

describe('priceTimes', () => {
  it('is exact for every price of six places for a million', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), fc.nat(10 ** 9), (micro, count) => {
        const usd = `${Math.floor(micro / 1e6)}.${String(micro % 1e6).padStart(6, '0')}`
        expect(priceTimes(usd, { count, per: 1_000_000 })).toBe(BigInt(micro) * BigInt(count))
      }),
    )
  })

  it('rounds a part of a picodollar up', () => {
    expect(priceTimes('0.0000001', { count: 1, per: 1_000_000 })).toBe(1n)
    expect(priceTimes('0', { count: 7, per: 1_000_000 })).toBe(0n)
  })
})
