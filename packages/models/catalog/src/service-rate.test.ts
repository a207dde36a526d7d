import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCatalog } from './catalog.ts'
import { multiplyDecimals, pricesFor, type ServiceTier } from './service-rate.ts'

const catalog = createCatalog()
const at = new Date('2026-11-21T12:00:00Z')

const usdOf = (
  id: string,
  moment: { tier?: ServiceTier; region?: string },
): Record<string, string> | undefined => {
  const prices = pricesFor(catalog.find(id) ?? {}, { at, ...moment })
  return prices && Object.fromEntries(Object.entries(prices).map(([kind, { usd }]) => [kind, usd]))
}

describe('multiplyDecimals', () => {
  it.each([
    ['0.075', '0.5', '0.0375'],
    ['2', '0.5', '1'],
    ['10', '10', '100'],
    ['0', '1.1', '0'],
    ['0.25', '4', '1'],
  ])('%s × %s is %s', (a, b, product) => expect(multiplyDecimals(a, b)).toBe(product))

  it('is exact', () => {
    const part = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 12 }))
    const write = ([digits, places]: readonly [bigint, number]): string => {
      const text = digits.toString().padStart(places + 1, '0')
      return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
    }
    const scaled = (decimal: string): bigint => {
      const [whole = '', fraction = ''] = decimal.split('.')
      return BigInt(whole + fraction.padEnd(24, '0'))
    }
    fc.assert(
      fc.property(part, part, (a, b) => {
        const product = scaled(multiplyDecimals(write(a), write(b)))
        expect(product).toBe(a[0] * b[0] * 10n ** BigInt(24 - a[1] - b[1]))
      }),
    )
  })
})

describe('pricesFor', () => {
  // Each from the vendor's price page as LiteLLM has it.
  it.each([
    ['openai/gpt-5', { tier: 'batch' }, { input: '0.625', cachedInput: '0.0625', output: '5' }],
    ['openai/gpt-5', { tier: 'priority' }, { input: '2.5', cachedInput: '0.25', output: '20' }],
    ['openai/gpt-4o', { tier: 'batch' }, { input: '1.25', cachedInput: '1.25', output: '5' }],
    ['openai/gpt-4o-mini', { tier: 'priority' }, { input: '0.25', cachedInput: '0.125', output: '1' }],
    ['openai/gpt-5.4', { tier: 'flex' }, { input: '1.25', cachedInput: '0.13', output: '7.5' }],
    ['openai/gpt-5.5', { region: 'eu' }, { input: '5.5', cachedInput: '0.55', output: '33' }],
    ['openai/gpt-6.1-sol', {}, { input: '2', cachedInput: '0.1', output: '10', cacheWrite: '2.5' }],
    ['anthropic/claude-opus-5', { tier: 'batch' }, { input: '2.5', cacheWrite: '3.125', output: '12.5' }],
    ['anthropic/claude-opus-5', { tier: 'batch', region: 'us' }, { input: '2.75', output: '13.75' }],
    ['anthropic/claude-sonnet-5-5', {}, { cachedInput: '0.1' }],
    ['anthropic/claude-sonnet-5-5-20261001', {}, { cachedInput: '0.1' }],
    ['anthropic/claude-sonnet-5', {}, { cachedInput: '0.2' }],
    ['google/gemini-2.5-pro', { tier: 'batch' }, { input: '0.625', cachedInput: '0.125', output: '5' }],
    ['google/gemini-2.5-pro', { tier: 'priority' }, { input: '2.25', output: '18' }],
  ] as const)('%s %j', (id, moment, expected) => expect(usdOf(id, moment)).toMatchObject(expected))

  it('does not discount what is charged by the call, and scales the tiers', () => {
    const prices = pricesFor(catalog.find('gpt-5.5') ?? {}, { at, tier: 'batch' })
    expect(prices?.input).toEqual({ usd: '2.5', tiers: [{ above: 271_999, usd: '5' }] })
    expect(prices?.webSearch).toEqual({ usd: '10' })
  })

  it.each([
    ['openai/gpt-4o', { tier: 'flex' }],
    ['openai/gpt-4o', { region: 'eu' }],
    ['openai/gpt-5', { tier: 'batch', region: 'eu' }],
    ['openai/gpt-unheard-of', {}],
  ] as const)('knows no price of %s %j', (id, moment) => expect(usdOf(id, moment)).toBeUndefined())

  it('takes rates of the overrides, those of both tier and region first', () => {
    const own = createCatalog({
      overrides: {
        'acme/m': {
          prices: { input: '2', output: '4' },
          rates: [
            { tier: 'batch', factor: '0.5', factors: { output: '0.25' } },
            { region: 'moon', factor: '3' },
            { tier: 'flex', region: 'moon', prices: { input: 9 } },
          ],
        },
      },
    }).find('acme/m')
    const input = (moment: { tier?: ServiceTier; region?: string }): string[] | undefined => {
      const prices = pricesFor(own ?? {}, { at, ...moment })
      return prices && [prices.input?.usd ?? '', prices.output?.usd ?? '']
    }
    expect(own?.sources.rates).toBe('override')
    expect(input({ tier: 'batch' })).toEqual(['1', '1'])
    expect(input({ tier: 'batch', region: 'moon' })).toEqual(['3', '3'])
    expect(input({ tier: 'flex', region: 'moon' })).toEqual(['9', '4'])
    expect(input({ tier: 'flex' })).toBeUndefined()
    expect(input({})).toEqual(['2', '4'])
  })

  it('discounts every call, tiers and published prices too, and leaves the other tiers known', () => {
    const own = createCatalog({
      overrides: {
        'openai/*': { rates: [{ factor: '0.8' }, { tier: 'batch', factor: '0.4' }] },
        'openai/o4-mini': { rates: [{ tier: 'priority', factor: '3' }] },
        'openai/gpt-4o-mini': { rates: [{ factor: '0.9', factors: { webSearch: '0.5' } }] },
        'mine/*': { prices: { input: '0', output: '0' } },
      },
    })
    const usd = (id: string, moment: { tier?: ServiceTier } = {}) => {
      const { input, webSearch } = pricesFor(own.find(id) ?? {}, { at, ...moment }) ?? {}
      return [input?.usd, webSearch?.usd]
    }
    expect(usd('openai/gpt-5')).toEqual(['1', '10'])
    expect(usd('openai/gpt-5', { tier: 'batch' })[0]).toBe('0.4')
    expect(usd('openai/gpt-5', { tier: 'priority' })[0]).toBe('2')
    expect(usd('openai/gpt-5', { tier: 'fast' })[0]).toBeUndefined()
    // 0.55 is published for flex, 1.10 the list price.
    expect(usd('openai/o4-mini', { tier: 'flex' })[0]).toBe('0.44')
    expect(usd('openai/o4-mini', { tier: 'priority' })[0]).toBe('2.64')
    expect(usd('openai/gpt-4o-mini')[0]).toBe('0.135')
    expect(usd('mine/anything')[0]).toBe('0')
    expect(usd('anthropic/claude-opus-5')[0]).toBe('5')
    expect(own.list({ provider: 'mine' })).toEqual([])
  })

  it.each([
    [{}, /rates\[0\]: expected a tier, a region, or a factor for every call/],
    [{ factor: '1', prices: { input: 1 } }, /rates\[0\]\.prices: expected no prices for every call here/],
    [{ tier: 'turbo' }, /rates\[0\]\.tier: expected batch, flex, priority, scale or fast/],
    [{ tier: 'batch', factor: 0.5 }, /rates\[0\]\.factor: expected a decimal of 0 or more as a string/],
    [{ tier: 'batch', prices: { input: '-1' } }, /rates\[0\]\.prices\.input: expected US dollars/],
    [{ tier: 'batch', factors: { smell: '1' } }, /rates\[0\]\.factors: expected none but input/],
  ])('refuses the rate %j', (rate, message) => {
    const overrides = JSON.parse(JSON.stringify({ 'acme/m': { rates: [rate] } }))
    expect(() => createCatalog({ overrides })).toThrow(message)
  })
})
