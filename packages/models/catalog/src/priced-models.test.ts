import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { calcPrice, type ModelInfo, type ModelPrice, waitForUpdate } from '@pydantic/genai-prices'
import { describe, expect, it } from 'vitest'
import { findPriced, pricedModels, pricedProvider, priceSource, providerIds } from './priced-models.ts'
import { pricesAt } from './price.ts'
import { toModalities, toPeriods } from './to-prices.ts'

const info = (prices: ModelInfo['prices']): ModelInfo['prices'] => prices

describe('the price list', () => {
  it('is of the version written beside its facts', () => {
    const entry = fileURLToPath(import.meta.resolve('@pydantic/genai-prices'))
    const { name, version }: Record<string, unknown> = JSON.parse(
      readFileSync(entry.replace(/dist[/\\].*$/, 'package.json'), 'utf8'),
    )
    expect(`${String(name)} ${String(version)}`).toBe(priceSource)
  })

  it('has the providers that are looked for', async () => {
    const providers = (await waitForUpdate()) ?? []
    expect(providers.map(({ id }) => id).toSorted()).toEqual([...providerIds].toSorted())
  })

  it('is understood whole: every model that has a price there has it here', async () => {
    const hasPrice = (prices: ModelPrice): boolean => Object.keys(prices).length > 0
    const lost: string[] = []
    for (const provider of (await waitForUpdate()) ?? [])
      for (const { id, prices } of provider.models) {
        const priced = Array.isArray(prices)
          ? prices.every((each) => hasPrice(each.prices))
          : hasPrice(prices)
        if (priced !== (toPeriods(prices) !== undefined)) lost.push(`${provider.id}/${id}`)
      }
    expect(lost).toEqual([])
    expect(pricedModels().length).toBeGreaterThan(1500)
  })

  it('gives the prices the package itself calculates with', () => {
    const at = new Date('2026-11-21T12:00:00Z')
    const models = ['openai', 'anthropic', 'google', 'mistral', 'deepseek'].flatMap((provider) =>
      pricedModels(provider),
    )
    const compared = models.flatMap(({ provider, modelId, prices }) => {
      const input = pricesAt(prices, at)?.input
      const calculated = calcPrice({ input_tokens: 1000 }, modelId, { providerId: provider, timestamp: at })
      if (calculated?.model.id !== modelId || !input) return []
      return [{ modelId, ours: Number(input.usd) / 1000, theirs: calculated.input_price }]
    })
    expect(compared.length).toBeGreaterThan(150)
    expect(compared.filter(({ ours, theirs }) => Math.abs(ours - theirs) > 1e-12)).toEqual([])
  })
})

describe('a model', () => {
  it('is found by the rules of the list', () => {
    expect(findPriced('anthropic', 'claude-haiku-4-5-20251001')?.modelId).toBe('claude-haiku-4-5')
    expect(findPriced('openai', 'GPT-4o')?.modelId).toBe('gpt-4o')
    expect(findPriced('azure', 'gpt-4o')?.id).toBe('azure/gpt-4o')
    expect(findPriced('openai', 'gpt-unheard-of')).toBeUndefined()
  })

  it.each([
    ['anthropic', 'claude-sonnet-5-9'],
    ['google', 'gemini-3.8-flash-tts'],
    ['anthropic', 'claude-opus-5.7'],
  ])('%s/%s is another model than the one with a shorter name', (provider, id) => {
    expect(findPriced(provider, id)).toBeUndefined()
  })

  it('is not another for its date or edition', () => {
    expect(findPriced('anthropic', 'claude-opus-5-20300101')?.modelId).toBe('claude-opus-5')
    expect(findPriced('google', 'gemini-2.5-flash-preview-09-2025')?.prices).toBeDefined()
    expect(findPriced('nobody', 'gpt-4o')).toBeUndefined()
  })

  it('has a provider by its own name or by one others use, never by likeness', () => {
    expect(pricedProvider('openai')).toBe('openai')
    expect(pricedProvider('Gemini')).toBe('google')
    expect(pricedProvider('bedrock')).toBe('aws')
    expect(pricedProvider('my-openai-proxy')).toBeUndefined()
    expect(pricedProvider('constructor')).toBeUndefined()
  })
})

describe('prices that are not understood', () => {
  it('are unknown as a whole, and no price is no price', () => {
    expect(toPeriods(info({ input_mtok: 1, dreams_mtok: 2 }))).toBeUndefined()
    expect(toPeriods(info({}))).toBeUndefined()
    expect(toPeriods(info([{ prices: { input_mtok: 1 } }, { prices: {} }]))).toBeUndefined()
    const zone = { start_time: '01:00:00+08:00', end_time: '02:00:00Z', type: 'time_of_date' } as const
    expect(toPeriods(info([{ constraint: zone, prices: { input_mtok: 1 } }]))).toBeUndefined()
  })

  it('keep a price of zero, sort tiers, and say what a model reads', () => {
    const tiers = [
      { start: 200, price: 3 },
      { start: 100, price: 2 },
    ]
    const [period] =
      toPeriods(info({ input_mtok: { base: 0, tiers }, input_audio_mtok: 1, output_image_mtok: 2 })) ?? []
    expect(period?.prices.input).toEqual({
      usd: '0',
      tiers: [
        { above: 100, usd: '2' },
        { above: 200, usd: '3' },
      ],
    })
    expect(toModalities(period?.prices)).toEqual({
      input: { text: true, audio: true },
      output: { image: true },
    })
    expect(toModalities(undefined)).toEqual({})
  })
})
