import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBillableUsage } from './billable-usage.ts'
import { costOf } from './cost-of.ts'
import { toUsdString } from './money.ts'
import { createPriceBook } from './price-book.ts'
import { UnknownPrice } from './unknown-price.ts'

const prices = createPriceBook({
  overrides: {
    'acme/m': {
      prices: {
        input: '1',
        output: '2',
        cachedInput: '0.1',
        cacheWrite: '1.25',
        audioInput: '4',
        request: '5',
      },
    },
    'acme/plain': { prices: { input: { usd: '1', tiers: [{ above: 100, usd: '3' }] }, output: '2' } },
    'acme/reader': { prices: { input: '1' } },
  },
})
const call = { provider: 'acme', modelId: 'm', prices } as const

describe('costOf', () => {
  it('lists what was charged for, at which price, and whose', () => {
    const cost = costOf(
      { inputTokens: 100, outputTokens: 10, cachedInputTokens: 60, reasoningTokens: 4 },
      call,
    )
    expect(cost.lines).toEqual([
      { kind: 'input', count: 40, usd: '1', per: 1_000_000, pico: 40_000_000n },
      { kind: 'cachedInput', count: 60, usd: '0.1', per: 1_000_000, pico: 6_000_000n },
      { kind: 'output', count: 6, usd: '2', per: 1_000_000, pico: 12_000_000n },
      { kind: 'reasoning', count: 4, usd: '2', per: 1_000_000, pico: 8_000_000n },
      { kind: 'request', count: 1, usd: '5', per: 1000, pico: 5_000_000_000n },
    ])
    expect(cost).toMatchObject({ pico: 5_066_000_000n, priceSource: 'override' })
    expect(cost.priceVersion).toMatch(/^[0-9a-f]{16}$/)
  })

  it('charges the whole request at the tier its input tokens reach', () => {
    const at = (inputTokens: number): string =>
      toUsdString(costOf({ inputTokens, outputTokens: 0 }, { ...call, modelId: 'plain' }).pico)
    expect([at(100), at(101)]).toEqual(['0.0001', '0.000303'])
  })

  it('takes the price one up for what has none of its own', () => {
    const usage = {
      inputTokens: 100,
      outputTokens: 0,
      cachedInputTokens: 10,
      cacheWriteTokens: 20,
      cacheWrite1hTokens: 5,
      audioInputTokens: 30,
    }
    const cost = costOf(usage, { ...call, modelId: 'plain' })
    expect(cost.pico).toBe(100_000_000n)
    expect(cost.lines.map(({ kind, count }) => [kind, count])).toEqual([
      ['input', 40],
      ['cachedInput', 10],
      ['cacheWrite', 15],
      ['cacheWrite1h', 5],
      ['audioInput', 30],
    ])
  })

  it('refuses what has no price rather than take it for free', () => {
    const known = { inputTokens: 10, outputTokens: 0 }
    expect(costOf(known, { ...call, modelId: 'reader' }).pico).toBe(10_000_000n)
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [
        () => costOf({ ...known, outputTokens: 1 }, { ...call, modelId: 'reader' }),
        /its price of output is not known/,
      ],
      [
        () => costOf({ ...known, cacheWriteTokens: 9, cacheWrite1hTokens: 9 }, call),
        /its price of cacheWrite1h/,
      ],
      [() => costOf({ ...known, webSearches: 1 }, call), /its price of webSearch/],
      [
        () => costOf(known, { ...call, modelId: 'unheard-of' }),
        /acme\/unheard-of: its price is not known; give it/,
      ],
      [() => costOf(known, { ...call, tier: 'batch' }), /its batch price is not known/],
      [() => costOf(known, { ...call, region: 'eu' }), /its price in eu is not known/],
      [() => costOf(known, { provider: 'somebody', modelId: 'openai/gpt-4o' }), /its price is not known/],
    ]
    for (const [refusal, message] of refused) expect(refusal).toThrow(message)
    try {
      costOf(known, { ...call, modelId: 'unheard-of' })
      expect.unreachable()
    } catch (error) {
      expect(UnknownPrice.isInstance(error) && error).toMatchObject({
        code: 'unknown-price',
        provider: 'acme',
        modelId: 'unheard-of',
        missing: 'its price',
      })
    }
    expect(UnknownPrice.isInstance(new Error('UnknownPrice'))).toBe(false)
  })

  it.each([Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY])('refuses a count of %d', (inputTokens) => {
    expect(() => costOf({ inputTokens, outputTokens: 0 }, call)).toThrow(
      /^usage\.inputTokens: expected a whole number/,
    )
  })

  it('charges every token once: at one price for all, the sum is input and output', () => {
    const flat = createPriceBook({ overrides: { 'acme/m': { prices: { input: '1', output: '1' } } } })
    const part = fc.nat(1000)
    fc.assert(
      fc.property(part, part, part, part, part, part, (text, cached, written, hour, audio, output) => {
        const usage = {
          inputTokens: text + cached + written + hour + audio,
          outputTokens: output * 2,
          cachedInputTokens: cached,
          cacheWriteTokens: written + hour,
          cacheWrite1hTokens: hour,
          audioInputTokens: audio,
          cachedAudioInputTokens: 0,
          reasoningTokens: output,
        }
        const { pico } = costOf(usage, { ...call, prices: flat })
        expect(pico).toBe(BigInt(usage.inputTokens + usage.outputTokens) * 1_000_000n)
      }),
    )
  })

  it('adds up: two usages cost what their sum costs, below the tiers', () => {
    const usage = fc.record({ inputTokens: fc.nat(10 ** 9), outputTokens: fc.nat(10 ** 9) })
    const plain = {
      ...call,
      modelId: 'plain-sum',
      prices: createPriceBook({
        overrides: { 'acme/plain-sum': { prices: { input: '0.123456', output: '7' } } },
      }),
    }
    fc.assert(
      fc.property(usage, usage, (a, b) => {
        const sum = {
          inputTokens: a.inputTokens + b.inputTokens,
          outputTokens: a.outputTokens + b.outputTokens,
        }
        expect(costOf(sum, plain).pico).toBe(costOf(a, plain).pico + costOf(b, plain).pico)
      }),
    )
  })
})

describe('toBillableUsage', () => {
  it.each([undefined, null, 3, 'x', [], {}, { tokens: 3 }])('knows nothing of %j', (usage) => {
    expect(toBillableUsage(usage)).toBeUndefined()
  })

  it('takes no count that is not one', () => {
    expect(
      toBillableUsage({
        prompt_tokens: '7',
        completion_tokens: -1,
        prompt_tokens_details: { cached_tokens: Number.NaN },
      }),
    ).toEqual({ inputTokens: 0, outputTokens: 0 })
  })

  it('takes what a total has beyond both sides for thinking', () => {
    expect(toBillableUsage({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 })).toMatchObject({
      outputTokens: 30,
    })
  })

  it('finds lifetimes without their sum', () => {
    expect(
      toBillableUsage({
        input_tokens: 1,
        output_tokens: 2,
        cache_read_input_tokens: null,
        cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
      }),
    ).toEqual({ inputTokens: 8, outputTokens: 2, cacheWriteTokens: 7, cacheWrite1hTokens: 4 })
  })
})

describe('costOf a usage that says how it was served', () => {
  const gpt5 = { provider: 'openai', modelId: 'gpt-5', at: new Date('2026-11-21T12:00:00Z') }
  const usage = { inputTokens: 1_000_000, outputTokens: 0 }
  it.each([
    ['default', '1.25'],
    ['auto', '1.25'],
    ['priority', '2.5'],
    ['flex', '0.625'],
  ])('%s', (serviceTier, usd) => {
    expect(toUsdString(costOf({ ...usage, serviceTier }, gpt5).pico)).toBe(usd)
  })

  it('goes by what is asked before that, and refuses a tier nobody has heard of', () => {
    expect(toUsdString(costOf({ ...usage, serviceTier: 'priority' }, { ...gpt5, tier: 'batch' }).pico)).toBe(
      '0.625',
    )
    expect(() => costOf({ ...usage, serviceTier: 'turbo' }, gpt5)).toThrow(/its price of the tier turbo/)
    const opus = { ...gpt5, provider: 'anthropic', modelId: 'claude-opus-5' }
    expect(toUsdString(costOf({ ...usage, region: 'us' }, opus).pico)).toBe('5.5')
  })

  it('takes as little of the images to be cached as the sums allow', () => {
    const prices = createPriceBook({
      overrides: {
        'a/m': { prices: { input: '1', cachedInput: '0.1', imageInput: '10', cachedImageInput: '2' } },
      },
    })
    const images = { inputTokens: 100, outputTokens: 0, imageInputTokens: 80, cachedInputTokens: 50 }
    const { lines } = costOf(images, { provider: 'a', modelId: 'm', prices })
    expect(lines.map(({ kind, count }) => [kind, count])).toEqual([
      ['cachedInput', 20],
      ['imageInput', 50],
      ['cachedImageInput', 30],
    ])
    expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(images.inputTokens)
  })
})
