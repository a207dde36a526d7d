import { describe, expect, it } from 'vitest'
import { createCatalog } from './catalog.ts'
import { pricesAt } from './price.ts'
import { priceSource } from './priced-models.ts'

const catalog = createCatalog()
const today = new Date('2026-11-21T12:00:00Z')

describe('find', () => {
  it('knows what a model costs, and from where', () => {
    const model = catalog.find('anthropic/claude-opus-5')
    expect(model).toMatchObject({
      id: 'anthropic/claude-opus-5',
      contextWindow: 1_000_000,
      maxOutputTokens: 128_000,
    })
    expect(pricesAt(model?.prices, today)).toMatchObject({
      input: { usd: '5' },
      output: { usd: '25' },
      cachedInput: { usd: '0.5' },
      cacheWrite: { usd: '6.25' },
      cacheWrite1h: { usd: '10' },
    })
    expect(model?.sources).toMatchObject({
      prices: priceSource,
      maxOutputTokens: expect.stringMatching(/^Anthropic/),
    })
  })

  it.each([
    ['gpt-4o', 'openai/gpt-4o'],
    ['openai/gpt-4o', 'openai/gpt-4o'],
    [' OpenAI/GPT-4o ', 'openai/gpt-4o'],
    ['openai/gpt-4o-2024-08-06', 'openai/gpt-4o'],
    ['openai/gpt-4o-2031-01-01', 'openai/gpt-4o'],
    ['openai/gpt-4o-2024-05-13', 'openai/gpt-4o-2024-05-13'],
    ['claude-sonnet-4-5-20250929', 'anthropic/claude-sonnet-4-5'],
    ['anthropic/claude-opus-5-20300101', 'anthropic/claude-opus-5'],
    ['gemini/gemini-2.5-flash', 'google/gemini-2.5-flash'],
    ['openrouter/anthropic/claude-sonnet-4.5', 'openrouter/anthropic/claude-sonnet-4.5'],
    ['gpt-6.1-sol', 'openai/gpt-6.1-sol'],
  ])('%s is %s', (id, expected) => {
    expect(catalog.find(id)?.id).toBe(expected)
  })

  it.each([
    '',
    '/',
    'nothing',
    'openai/gpt-5-turbo',
    'openai/',
    'constructor',
    'constructor/prototype',
    'gpt-4o-',
    'a/b/c',
  ])('does not know %j', (id) => {
    expect(catalog.find(id)).toBeUndefined()
  })

  it('knows the model, not the price, where somebody else serves it', () => {
    for (const id of ['work/openai/gpt-4o', 'groq/openai/gpt-4o', 'work/gpt-4o']) {
      const model = catalog.find(id)
      expect(model).toMatchObject({ id: 'openai/gpt-4o', contextWindow: 128_000, encoding: 'o200k_base' })
      expect(model).not.toHaveProperty('prices')
      expect(model?.sources).not.toHaveProperty('prices')
    }
    expect(catalog.find('azure/gpt-4o')).toHaveProperty('prices')
  })

  it('says when a model ends, of the very id', () => {
    expect(catalog.find('gpt-4o')).toMatchObject({ deprecated: true, shutdown: '2027-01-14' })
    expect(catalog.find('gpt-4-turbo')?.shutdown).toBe('2026-10-23')
    expect(catalog.find('gpt-4-0125-preview')?.shutdown).toBe('2026-03-26')
    expect(catalog.find('claude-sonnet-4-5-20250929')?.shutdown).toBe('2026-11-30')
    expect(catalog.find('openai/gpt-4o-2031-01-01')).not.toHaveProperty('shutdown')
    expect(catalog.find('claude-opus-5')).not.toHaveProperty('deprecated')
  })

  it('leaves out what it does not know', () => {
    expect(catalog.find('gpt-image-2.5-flare')).toEqual({
      id: 'openai/gpt-image-2.5-flare',
      provider: 'openai',
      modelId: 'gpt-image-2.5-flare',
      aliases: [],
      sources: {},
    })
    expect(catalog.find('openai/gpt-4')?.input).toEqual({ text: true })
    expect(catalog.find('google/gemma-4-31b-it')).not.toHaveProperty('prices')
  })
})

describe('list', () => {
  it('has every model once, of one provider if asked', () => {
    const all = catalog.list()
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(1600)
    const openai = catalog.list({ provider: 'openai' })
    expect(openai.every(({ provider }) => provider === 'openai')).toBe(true)
    expect(openai.map(({ modelId }) => modelId)).toEqual(expect.arrayContaining(['gpt-4o', 'gpt-6.1-sol']))
    expect(catalog.list({ provider: 'gemini' })).toEqual(catalog.list({ provider: 'google' }))
    expect(catalog.list({ provider: 'nobody' })).toEqual([])
  })

  it('agrees with find', () => {
    for (const model of catalog.list({ provider: 'anthropic' })) expect(catalog.find(model.id)).toEqual(model)
  })
})

describe('overrides', () => {
  const own = createCatalog({
    overrides: {
      'openai/gpt-4o': { prices: { input: '2.2', output: 8.8 }, maxOutputTokens: 16_384, aliases: ['Fast'] },
      'openai/gpt-4o-2024-08-06': { contextWindow: 64_000 },
      'gemini/gemini-2.5-flash': { input: { image: true } },
      'home/llama-70b': {
        contextWindow: 8192,
        encoding: 'cl100k_base',
        aliases: ['llama'],
        prices: [
          { prices: { input: '0' } },
          { from: '2030-01-01', prices: { input: { usd: '1', tiers: [] } } },
        ],
      },
    },
  })

  it('replace facts, prices as a whole, and say so', () => {
    const model = own.find('gpt-4o')
    expect(model).toMatchObject({ contextWindow: 128_000, maxOutputTokens: 16_384 })
    expect(model?.prices).toEqual([{ prices: { input: { usd: '2.2' }, output: { usd: '8.8' } } }])
    expect(model?.sources).toMatchObject({
      prices: 'override',
      maxOutputTokens: 'override',
      contextWindow: priceSource,
    })
    expect(own.find('google/gemini-2.5-flash')?.input).toEqual({ image: true })
    expect(own.find('gpt-4o')).not.toHaveProperty('rates')
    expect(own.find('gpt-4o-mini')).toHaveProperty('rates')
  })

  it('of an id go before those of the model it is', () => {
    expect(own.find('openai/gpt-4o-2024-08-06')).toMatchObject({
      contextWindow: 64_000,
      maxOutputTokens: 16_384,
    })
    expect(own.find('openai/gpt-4o')?.contextWindow).toBe(128_000)
  })

  it('add models and aliases', () => {
    expect(own.find('fast')?.id).toBe('openai/gpt-4o')
    expect(own.find('llama')).toEqual(own.find('home/llama-70b'))
    expect(own.find('home/llama-70b-2026-01-01')?.id).toBe('home/llama-70b')
    expect(own.find('home/other')).toBeUndefined()
    expect(own.list({ provider: 'home' }).map(({ id }) => id)).toEqual(['home/llama-70b'])
    expect(own.list().length).toBe(catalog.list().length + 1)
    expect(pricesAt(own.find('llama')?.prices, today)?.input).toEqual({ usd: '0' })
  })
})
