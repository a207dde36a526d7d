import type { FactSheet } from './known-facts.ts'
import type { PriceKind } from './price.ts'
import type { ServiceRate } from './service-rate.ts'

/** The vendors' price pages as LiteLLM's price list has them, November 2026. */
export const litellm = 'litellm 1.109.1, model_prices_and_context_window'

type Way = Pick<ServiceRate, 'tier' | 'region'>
type Row = readonly [
  provider: string,
  ways: readonly Way[],
  rate: Omit<ServiceRate, 'tier' | 'region'>,
  models: string,
]

const batch: Way = { tier: 'batch' }
const flex: Way = { tier: 'flex' }
const priority: Way = { tier: 'priority' }
const us: Way = { region: 'us' }
const eu: Way = { region: 'eu' }

const exactly = (prices: { readonly [Kind in PriceKind]?: string }): Pick<ServiceRate, 'prices'> => ({
  prices: Object.fromEntries(Object.entries(prices).map(([kind, usd]) => [kind, { usd }])),
})

/** The cache is not discounted further. */
const cacheAsListed = { cachedInput: '1', cachedAudioInput: '1' }

const rows: readonly Row[] = [
  [
    'openai',
    [batch, flex],
    { factor: '0.5' },
    `gpt-5 gpt-5-mini gpt-5-nano gpt-5.1 gpt-5.2 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.5 gpt-5.5-pro gpt-5.6-luna
     gpt-5.6-sol gpt-5.6-terra gpt-6-astra gpt-6-luna gpt-6-sol gpt-6.1-sol gpt-6.1-terra`,
  ],
  [
    'openai',
    [batch],
    { factor: '0.5' },
    'gpt-5-pro gpt-5.2-pro o1-pro o3-pro gpt-4o-2024-05-13 text-embedding-3-small text-embedding-3-large',
  ],
  [
    'openai',
    [batch],
    { factor: '0.5', factors: cacheAsListed },
    'gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-mini o1 o3 o3-mini o4-mini',
  ],
  ['openai', [flex], { factor: '0.5' }, 'o3'],
  ['openai', [flex], exactly({ input: '0.55', cachedInput: '0.138', output: '2.2' }), 'o4-mini'],
  // The page rounds the price of cached tokens, which have a tier as well.
  [
    'openai',
    [batch, flex],
    {
      factor: '0.5',
      prices: { cachedInput: { usd: '0.13', tiers: [{ above: 271_999, usd: '0.25' }] } },
    },
    'gpt-5.4',
  ],
  ['openai', [priority], { factor: '1.7' }, 'gpt-4o'],
  ['openai', [priority], exactly({ input: '0.25', cachedInput: '0.125', output: '1' }), 'gpt-4o-mini'],
  ['openai', [priority], { factor: '1.75' }, 'gpt-4.1 gpt-4.1-mini o3 gpt-4o-2024-05-13'],
  ['openai', [priority], { factor: '1.8' }, 'gpt-5-mini'],
  ['openai', [priority], exactly({ input: '2', cachedInput: '0.5', output: '8' }), 'o4-mini'],
  [
    'openai',
    [priority],
    { factor: '2' },
    `gpt-4.1-nano gpt-5 gpt-5.1 gpt-5.2 gpt-5.3-codex gpt-5.4 gpt-5.4-mini gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra
     gpt-6-astra gpt-6-luna gpt-6-sol gpt-6.1-sol gpt-6.1-terra`,
  ],
  ['openai', [priority], { factor: '2.5' }, 'gpt-5.5'],
  [
    'openai',
    [us, eu],
    { factor: '1.1' },
    `gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.5 gpt-5.5-pro gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra
     gpt-6-astra gpt-6-luna gpt-6-sol gpt-6.1-sol gpt-6.1-terra`,
  ],
  [
    'anthropic',
    [batch],
    { factor: '0.5' },
    `claude-fable-5 claude-fable-5-1 claude-haiku-4-5 claude-haiku-5-5 claude-mythos-5 claude-mythos-5-1
     claude-opus-4-5 claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-sonnet-4-5
     claude-sonnet-4-6 claude-sonnet-5 claude-sonnet-5-5`,
  ],
  [
    'anthropic',
    [us],
    { factor: '1.1' },
    `claude-fable-5 claude-fable-5-1 claude-haiku-5-5 claude-mythos-5 claude-mythos-5-1 claude-mythos-preview
     claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-sonnet-4-6 claude-sonnet-5
     claude-sonnet-5-5`,
  ],
  ['google', [batch], { factor: '0.5' }, 'gemini-embedding-001 gemini-embedding-2 gemini-3.5-flash'],
  [
    'google',
    [batch, flex],
    { factor: '0.5' },
    'gemini-3.1-flash-lite gemini-3.6-flash gemini-3.7-flash gemini-3.8-flash',
  ],
  [
    'google',
    [batch, flex],
    { factor: '0.5', factors: cacheAsListed },
    `gemini-2.5-flash gemini-2.5-flash-lite gemini-2.5-pro gemini-3-flash-preview gemini-3.1-pro-preview`,
  ],
  [
    'google',
    [priority],
    { factor: '1.8' },
    `gemini-2.5-flash gemini-2.5-flash-lite gemini-2.5-pro gemini-3-flash-preview gemini-3.1-flash-lite
     gemini-3.1-pro-preview gemini-3.5-flash gemini-3.6-flash gemini-3.7-flash gemini-3.8-flash`,
  ],
  ['x-ai', [batch], { factor: '0.8' }, 'grok-4.20 grok-4.20-multi-agent grok-4.3'],
]

const byModel = (): FactSheet[] => {
  const rates = new Map<string, ServiceRate[]>()
  for (const [provider, ways, rate, models] of rows)
    for (const model of models.trim().split(/\s+/)) {
      const id = `${provider}/${model}`
      rates.set(id, [...(rates.get(id) ?? []), ...ways.map((way) => ({ ...way, ...rate }))])
    }
  return [...rates].map(([id, list]) => {
    const slash = id.indexOf('/')
    return {
      provider: id.slice(0, slash),
      models: [id.slice(slash + 1)],
      facts: { rates: list },
      source: litellm,
    }
  })
}

/** What the list prices are multiplied by for batches, tiers and regions, a sheet a model. */
export const rateSheets: readonly FactSheet[] = byModel()
