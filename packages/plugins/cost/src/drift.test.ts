import { describe, expect, it } from 'vitest'
import { allPricing } from 'ai-sdk-cost-calculator'
import { driftReport, type PriceSource } from './drift.ts'
import { fromCostCalculator, fromLitellm } from './drift-sources.ts'
import { createPriceBook } from './price-book.ts'

const at = new Date('2026-11-21T12:00:00Z')

/** Known differences, and why they stand. Anything else fails the test: look it up at the vendor's page. */
const known: readonly RegExp[] = [
  // Retired; the lists kept different last prices.
  /^google\/gemini-1\.5-/,
  /^google\/gemini-2\.5-flash-preview /,
  // LiteLLM has our price; the other list has it twice as high.
  /^google\/gemini-3\.6-flash /,
]

describe('the second price list', () => {
  it('agrees within half a percent, but for what is known', () => {
    const report = driftReport(fromCostCalculator(allPricing), { at })
    const unknown = report.differences
      .map(({ id, kind, ours, theirs }) => `${id} ${kind}: ${ours} here, ${theirs} there`)
      .filter((line) => !known.some((pattern) => pattern.test(line)))
    expect(unknown).toEqual([])
    expect(report.models).toBeGreaterThan(100)
    expect(report.compared).toBeGreaterThan(350)
  })

  it('would tell a price that has changed', () => {
    const prices = createPriceBook({
      overrides: { 'openai/gpt-5.5': { prices: { input: '5.03', output: '30' } } },
    })
    const { differences } = driftReport(fromCostCalculator(allPricing), { at, prices, providers: ['openai'] })
    expect(differences.filter(({ id }) => id === 'openai/gpt-5.5')).toMatchObject([
      { kind: 'input above 272000', ours: '5.03', theirs: '10' },
      { kind: 'output above 272000', ours: '30', theirs: '45' },
      { kind: 'input', ours: '5.03', theirs: '5' },
    ])
  })
})

const litellm = {
  'gpt-4o': {
    litellm_provider: 'openai',
    input_cost_per_token: 2.5e-6,
    output_cost_per_token: 1e-5,
    cache_read_input_token_cost: 1.3e-6,
  },
  'gemini/gemini-2.5-pro': {
    litellm_provider: 'gemini',
    input_cost_per_token: 1.25e-6,
    input_cost_per_token_above_200k_tokens: 2.6e-6,
    output_cost_per_token: 0,
  },
  'gpt-unheard-of': { litellm_provider: 'openai', input_cost_per_token: 1e-6 },
  'bedrock/x': { litellm_provider: 'bedrock', input_cost_per_token: 1 },
  sample_spec: 'text',
}

describe('driftReport', () => {
  it('lists what differs, the widest first, and what is missing', () => {
    expect(driftReport(fromLitellm(litellm, 'LiteLLM 1'), { at })).toEqual({
      source: 'LiteLLM 1',
      compared: 5,
      models: 2,
      differences: [
        {
          id: 'openai/gpt-4o',
          kind: 'cachedInput',
          ours: '1.25',
          theirs: '1.3',
          difference: (1.3 - 1.25) / 1.3,
        },
        {
          id: 'google/gemini-2.5-pro',
          kind: 'input above 200000',
          ours: '2.5',
          theirs: '2.6',
          difference: (2.6 - 2.5) / 2.6,
        },
      ],
      missing: ['openai/gpt-unheard-of'],
    })
  })

  it('lets pass what is within the tolerance', () => {
    expect(driftReport(fromLitellm(litellm), { at, tolerance: 0.04 }).differences).toEqual([])
  })

  it('refuses to find nothing', () => {
    const nothing: PriceSource = { name: 'empty', prices: [] }
    expect(() => driftReport(nothing)).toThrow(
      /^source: expected prices of models of openai, anthropic, google/,
    )
    expect(() => driftReport(fromLitellm(litellm), { tolerance: 1 })).toThrow(/^tolerance: /)
    expect(() => fromLitellm([])).toThrow(/^file: expected LiteLLM's/)
    expect(() => fromCostCalculator(null)).toThrow(/^allPricing: /)
    expect(fromCostCalculator({ openai: 3, xai: { a: null } }).prices).toEqual([])
  })
})
