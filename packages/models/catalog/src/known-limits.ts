import type { FactSheet } from './known-facts.ts'
import { litellm } from './known-rates.ts'
import type { Price, PriceKind, Prices } from './price.ts'

const writing = (provider: string, maxOutputTokens: number, models: string): FactSheet => ({
  provider,
  models: models.trim().split(/\s+/),
  facts: { maxOutputTokens },
  source: litellm,
})

/** List prices, and those above a number of input tokens. */
const costing = (
  id: string,
  usd: { readonly [Kind in PriceKind]?: string },
  above?: { readonly tokens: number; readonly usd: { readonly [Kind in PriceKind]?: string } },
): FactSheet => {
  const dearer = new Map<string, string>(Object.entries(above?.usd ?? {}))
  const toPrice = ([kind, base]: readonly [string, string]): readonly [string, Price] => {
    const tier = dearer.get(kind)
    return [kind, { usd: base, ...(above && tier && { tiers: [{ above: above.tokens, usd: tier }] }) }]
  }
  const prices: Prices = Object.fromEntries(Object.entries(usd).map(toPrice))
  const [provider = '', model = ''] = id.split('/')
  return { provider, models: [model], facts: { prices: [{ prices }] }, source: litellm }
}

const mythos = {
  input: '10',
  output: '50',
  cachedInput: '1',
  cacheWrite: '12.5',
  cacheWrite1h: '20',
  webSearch: '10',
}

/** How much models write at most, and prices the price list lacks or takes from an older model. */
export const limitSheets: readonly FactSheet[] = [
  writing(
    'openai',
    4096,
    'gpt-3.5-turbo gpt-3.5-turbo-1106 gpt-3.5-turbo-16k gpt-4 gpt-4-turbo gpt-4o-2024-05-13',
  ),
  writing('openai', 16_384, 'gpt-4o gpt-4o-mini gpt-4o-search-preview gpt-5.3 gpt-audio gpt-audio-mini'),
  writing('openai', 32_768, 'gpt-4.1 gpt-4.1-mini gpt-4.1-nano'),
  writing('openai', 100_000, 'o1 o1-pro o3 o3-deep-research o3-mini o3-pro o4-mini o4-mini-deep-research'),
  writing(
    'openai',
    128_000,
    `gpt-5 gpt-5-mini gpt-5-nano gpt-5.1 gpt-5.1-codex-mini gpt-5.2 gpt-5.2-pro gpt-5.3-codex gpt-5.4 gpt-5.4-mini
     gpt-5.4-nano gpt-5.4-pro gpt-5.5 gpt-5.5-pro gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra gpt-6-astra gpt-6-luna
     gpt-6-sol gpt-6.1-sol gpt-6.1-terra`,
  ),
  writing('openai', 272_000, 'gpt-5-pro'),
  writing('anthropic', 64_000, 'claude-haiku-4-5 claude-opus-4-5 claude-sonnet-4-5'),
  writing(
    'anthropic',
    128_000,
    `claude-fable-5 claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-sonnet-4-6 claude-sonnet-5
     claude-mythos-5 claude-mythos-5-1 claude-mythos-preview`,
  ),
  writing(
    'google',
    65_536,
    `gemini-2.5-flash gemini-2.5-flash-lite gemini-2.5-pro gemini-3-flash-preview gemini-3.1-flash-lite
     gemini-3.1-pro-preview gemini-3.5-flash gemini-3.5-flash-lite gemini-3.6-flash gemini-3.7-flash gemini-3.8-flash
     gemini-omni-flash-preview`,
  ),
  costing(
    'openai/gpt-6.1-sol',
    { input: '2', output: '10', cachedInput: '0.1', cacheWrite: '2.5', webSearch: '10' },
    { tokens: 271_999, usd: { input: '4', output: '15', cachedInput: '0.2', cacheWrite: '5' } },
  ),
  costing(
    'openai/gpt-6.1-terra',
    { input: '1', output: '5', cachedInput: '0.05', cacheWrite: '1.25', webSearch: '10' },
    { tokens: 271_999, usd: { input: '2', output: '7.5', cachedInput: '0.1', cacheWrite: '2.5' } },
  ),
  costing(
    'anthropic/claude-haiku-5-5',
    {
      input: '0.1',
      output: '0.5',
      cachedInput: '0.01',
      cacheWrite: '0.125',
      cacheWrite1h: '0.2',
      webSearch: '10',
    },
    {
      tokens: 100_000,
      usd: { input: '0.5', output: '2.5', cachedInput: '0.05', cacheWrite: '0.625', cacheWrite1h: '1' },
    },
  ),
  // The price list takes it for Claude Sonnet 5, whose cache is dearer to read.
  costing('anthropic/claude-sonnet-5-5', {
    input: '2',
    output: '10',
    cachedInput: '0.1',
    cacheWrite: '2.5',
    cacheWrite1h: '4',
    webSearch: '10',
  }),
  costing('anthropic/claude-mythos-5', mythos),
  costing('anthropic/claude-mythos-preview', mythos),
  costing('anthropic/claude-mythos-5-1', { ...mythos, cachedInput: '0.25' }),
]
