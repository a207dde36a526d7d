import { toOverrides } from '@ashlar/catalog'
import { describe, expect, it } from 'vitest'
import { createPriceBook } from './price-book.ts'

const at = new Date('2026-11-21T12:00:00Z')

describe('createPriceBook', () => {
  it('says whose prices they are, and which', () => {
    const book = createPriceBook()
    expect(book.find({ provider: 'openai', modelId: 'gpt-4o', at })).toMatchObject({
      prices: { input: { usd: '2.5' } },
      priceSource: '@pydantic/genai-prices',
      priceVersion: '0.1.8',
      maxOutputTokens: 16_384,
      contextWindow: 128_000,
    })
    expect(book.find({ provider: 'openai', modelId: 'gpt-5', at, tier: 'batch' })).toMatchObject({
      priceSource: '@pydantic/genai-prices × litellm',
      priceVersion: '0.1.8 × 1.109.1',
    })
  })

  it('tells overrides apart by their prices alone', () => {
    const versionOf = (input: string, name = 'M'): string =>
      createPriceBook({ overrides: { 'acme/m': { name, prices: { input } } } }).find({
        provider: 'acme',
        modelId: 'm',
      }).priceVersion
    expect(versionOf('1')).toBe(versionOf('1', 'another name'))
    expect(versionOf('1')).not.toBe(versionOf('2'))
  })

  it('reads an override file with aliases, tiers, regions and negotiated prices', () => {
    const file = `{
      "openai/gpt-4o": { "prices": { "input": "2.2", "output": "8.8" }, "rates": [{ "tier": "flex", "factor": "0.5" }] },
      "work/big": { "aliases": ["work/big-latest"], "prices": { "input": "1" }, "rates": [{ "region": "eu", "factor": "1.1" }] }
    }`
    const book = createPriceBook({ overrides: toOverrides(JSON.parse(file)) })
    const inputOf = (provider: string, modelId: string, moment = {}): string | undefined =>
      book.find({ provider, modelId, at, ...moment }).prices.input?.usd
    expect(inputOf('openai', 'gpt-4o')).toBe('2.2')
    expect(inputOf('openai', 'gpt-4o', { tier: 'flex' })).toBe('1.1')
    expect(inputOf('work', 'big-latest', { region: 'eu' })).toBe('1.1')
    // Negotiated prices have no batch discount but the one negotiated.
    expect(() => inputOf('openai', 'gpt-4o', { tier: 'batch' })).toThrow(/its batch price is not known/)
  })

  it('refuses overrides by the path of what is wrong', () => {
    expect(() => createPriceBook({ overrides: { 'acme/m': { prices: { input: '-1' } } } })).toThrow(
      'overrides["acme/m"].prices.input: expected US dollars',
    )
  })

  it('charges nothing where it is told so, and nowhere else', () => {
    expect(createPriceBook().find({ provider: 'local', modelId: 'any.gguf' })).toMatchObject({
      prices: { input: { usd: '0' } },
      priceSource: 'free',
      priceVersion: 'local',
    })
    const own = createPriceBook({ free: ['ollama'], overrides: { 'ollama/big': { prices: { input: '1' } } } })
    expect(own.find({ provider: 'ollama', modelId: 'llama' }).priceSource).toBe('free')
    expect(own.find({ provider: 'ollama', modelId: 'big' }).prices.input?.usd).toBe('1')
    expect(() => own.find({ provider: 'local', modelId: 'any.gguf' })).toThrow(/not known/)
  })

  it('knows the ways a model has a price for, and takes no place for what is none', () => {
    const book = createPriceBook({ overrides: { 'acme/m': { prices: { input: '1' } } } })
    const opus = { provider: 'anthropic', modelId: 'claude-opus-5', at }
    expect(book.ways(opus)).toEqual({ tiers: new Set(['batch']), regions: new Set(['us']) })
    expect(book.ways({ provider: 'acme', modelId: 'm' })).toEqual({ tiers: new Set(), regions: new Set() })
    expect(book.ways({ provider: 'acme', modelId: 'none' })).toEqual({ tiers: new Set(), regions: new Set() })
    for (const region of ['global', 'not_available'])
      expect(book.find({ ...opus, region }).prices.input?.usd).toBe('5')
    expect(book.find({ ...opus, region: 'us' }).prices.input?.usd).toBe('5.5')
    expect(() => book.find({ ...opus, region: 'moon' })).toThrow(/its price in moon is not known/)
  })

  it('asks anew when the prices change with time, and is no other for what it was asked before', () => {
    const periods = [
      { prices: { input: '1' } },
      { from: '2026-12-01', prices: { input: '3' } },
      { daily: { start: '01:00:00', end: '02:00:00' }, prices: { input: '0.5' } },
    ]
    const rates = [{ tier: 'batch' as const, factor: '0.5' }, { factor: '0.9' }]
    const book = createPriceBook({ overrides: { 'acme/m': { prices: periods, rates } } })
    const usd = (time: string, tier?: 'batch'): string | undefined =>
      book.find({ provider: 'acme', modelId: 'm', at: new Date(time), ...(tier && { tier }) }).prices.input
        ?.usd
    for (let round = 0; round < 2; round++) {
      expect(usd('2026-11-30T12:00:00Z')).toBe('0.9')
      expect(usd('2026-11-30T12:00:00Z', 'batch')).toBe('0.45')
      expect(usd('2026-12-01T12:00:00Z')).toBe('2.7')
      expect(usd('2026-12-01T01:30:00Z')).toBe('0.45')
      expect(usd('2026-12-01T01:30:00Z', 'batch')).toBe('0.225')
    }
    expect(book.find({ provider: 'acme', modelId: 'm', at }).priceSource).toBe('override × override')
  })

  it('keeps no more names than it may', () => {
    const book = createPriceBook()
    for (let i = 0; i < 2500; i++)
      expect(() => book.find({ provider: 'openai', modelId: `made-up-${i}` })).toThrow(/not known/)
    expect(book.find({ provider: 'openai', modelId: 'gpt-4o', at }).prices.input?.usd).toBe('2.5')
  })
})
