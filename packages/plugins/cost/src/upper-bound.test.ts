import type { ModelRequest } from '@ashlar/core'
import { userText } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costOf } from './cost-of.ts'
import { toUsdString } from './money.ts'
import { createPriceBook } from './price-book.ts'
import { upperBound, type UpperBoundOptions } from './upper-bound.ts'

const at = new Date('2026-11-21T12:00:00Z')
const gpt4o = { provider: 'openai', modelId: 'gpt-4o' }
const opus = { provider: 'anthropic', modelId: 'claude-opus-5' }
const hello: ModelRequest = { messages: [userText('Hello, world!')] }

describe('upperBound', () => {
  it('is the exact input and all the output the request allows', async () => {
    // 11 × 2.50 + 100 × 10 millionths; the cache of OpenAI costs nothing to write.
    const bound = await upperBound({ ...hello, maxOutputTokens: 100 }, gpt4o, { at })
    expect(bound).toEqual({
      pico: 1_027_500_000n,
      inputTokens: 11,
      exact: true,
      outputTokens: 100,
      priceSource: '@pydantic/genai-prices',
      priceVersion: '0.1.8',
    })
  })

  it('takes what the model can write, or what its window leaves, for a limit', async () => {
    expect((await upperBound(hello, gpt4o, { at })).outputTokens).toBe(16_384)
    const prices = createPriceBook({
      overrides: {
        'acme/window': { contextWindow: 4096, prices: { input: '1', output: '1' } },
        'acme/neither': { prices: { input: '1', output: '1' } },
        'acme/mute': { prices: { input: '1' } },
        'acme/deaf': { prices: { output: '1' } },
      },
    })
    const of = (modelId: string, maxOutputTokens?: number) =>
      upperBound(
        maxOutputTokens === undefined ? hello : { ...hello, maxOutputTokens },
        { provider: 'acme', modelId },
        { prices },
      )
    const { inputTokens, outputTokens } = await of('window')
    expect(inputTokens + outputTokens).toBe(4096)
    await expect(of('neither')).rejects.toThrow(/how much it writes at most \(maxOutputTokens\) is not known/)
    expect((await of('neither', 5)).outputTokens).toBe(5)
    await expect(of('mute', 5)).rejects.toThrow(/its price of output/)
    await expect(of('deaf', 5)).rejects.toThrow(/its price of input/)
    await expect(upperBound(hello, { provider: 'acme', modelId: 'unheard-of' }, { prices })).rejects.toThrow(
      /its price is/,
    )
  })

  it('takes the dearest way the prompt may be cached', async () => {
    const priceOfInput = async (cache: UpperBoundOptions['cache']): Promise<string> => {
      const { pico, inputTokens } = await upperBound({ ...hello, maxOutputTokens: 0 }, opus, {
        at,
        ...(cache !== undefined && { cache }),
      })
      return toUsdString((pico / BigInt(inputTokens)) * 1_000_000n)
    }
    expect(await priceOfInput(undefined)).toBe('10')
    expect(await priceOfInput('5m')).toBe('6.25')
    expect(await priceOfInput(false)).toBe('5')
  })

  it('goes by what the provider options ask for', async () => {
    const bound = (options: Record<string, string | number>) =>
      upperBound(
        { ...hello, maxOutputTokens: 100, providerOptions: { openai: options } },
        { ...gpt4o, modelId: 'gpt-5' },
        { at },
      )
    const plain = await bound({})
    expect((await bound({ service_tier: 'priority' })).pico).toBe(plain.pico * 2n)
    expect((await bound({ service_tier: 'auto' })).pico).toBe(plain.pico)
    expect((await bound({ max_output_tokens: 700 })).outputTokens).toBe(700)
    expect((await bound({ n: 3 })).outputTokens).toBe(300)
    const region = upperBound(
      { ...hello, maxOutputTokens: 0, providerOptions: { anthropic: { inference_geo: 'us' } } },
      opus,
      { at },
    )
    expect(await region).toMatchObject({
      pico:
        ((
          await upperBound({ ...hello, maxOutputTokens: 0, providerOptions: { anthropic: {} } }, opus, { at })
        ).pico *
          11n) /
        10n,
    })
  })

  it('is above what text of any script can cost where the tokenizer is not public', async () => {
    const text = 'Съешь же ещё этих мягких французских булок. 敏捷的棕色狐狸 🦊'
    const { inputTokens, exact } = await upperBound(
      { messages: [userText(text)], maxOutputTokens: 1 },
      opus,
      { at },
    )
    expect(exact).toBe(false)
    expect(inputTokens).toBeGreaterThan(new TextEncoder().encode(text.replace(/\p{ASCII}/gu, '')).length)
  })

  it('holds for every usage within its limits', async () => {
    const cases = fc.record({
      text: fc.string({ maxLength: 200 }),
      maxOutputTokens: fc.integer({ min: 1, max: 5000 }),
      model: fc.constantFrom(gpt4o, opus, { provider: 'google', modelId: 'gemini-2.5-pro' }),
      shares: fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    })
    const prices = createPriceBook()
    await fc.assert(
      fc.asyncProperty(cases, async ({ text, maxOutputTokens, model, shares: [first, second] }) => {
        const request = { messages: [userText(text)], maxOutputTokens }
        const bound = await upperBound(request, model, { at, prices })
        const inputTokens = Math.floor(bound.inputTokens * first)
        const cacheWriteTokens = Math.floor(inputTokens * second)
        const usage = {
          inputTokens,
          outputTokens: Math.floor(maxOutputTokens * second),
          cacheWriteTokens,
          cacheWrite1hTokens: Math.floor(cacheWriteTokens * first),
          cachedInputTokens: inputTokens - cacheWriteTokens,
        }
        expect(costOf(usage, { ...model, at, prices }).pico).toBeLessThanOrEqual(bound.pico)
      }),
    )
  })

  it('counts audio, images and fees of a request', async () => {
    const prices = createPriceBook({
      overrides: {
        'acme/m': { prices: { input: '1', audioInput: '40', imageInput: '7', output: '1', request: '1000' } },
      },
    })
    const bound = async (content: ModelRequest['messages'][number]) => {
      const { pico, inputTokens } = await upperBound(
        { messages: [content], maxOutputTokens: 0 },
        { provider: 'acme', modelId: 'm' },
        { prices },
      )
      return (pico - 1_000_000_000_000n) / BigInt(inputTokens)
    }
    expect(await bound(userText('Hi'))).toBe(1_000_000n)
    expect(await bound({ role: 'user', content: [{ type: 'image', url: 'https://a.test/b.png' }] })).toBe(
      7_000_000n,
    )
    expect(
      await bound({ role: 'user', content: [{ type: 'file', mediaType: 'audio/wav', data: 'AAAA' }] }),
    ).toBe(40_000_000n)
  })
})
