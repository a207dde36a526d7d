import type { JsonObject, ModelRequest } from '@ashlar/core'
import { userText } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costOf } from './cost-of.ts'
import { toUsdString } from './money.ts'
import { createPriceBook, type ServiceTier } from './price-book.ts'
import { createUpperBound, upperBound, type UpperBoundOptions } from './upper-bound.ts'

const at = new Date('2026-11-21T12:00:00Z')
const gpt4o = { provider: 'openai', modelId: 'gpt-4o' }
const opus = { provider: 'anthropic', modelId: 'claude-opus-5' }
const hello: ModelRequest = { messages: [userText('Hello, world!')] }

describe('upperBound', () => {
  it('is the exact input and all the output the request allows', async () => {
    // 11 × 2.50 + 100 × 10 millionths; the cache of OpenAI costs nothing to write.
    const bound = await upperBound({ ...hello, maxOutputTokens: 100 }, gpt4o, { at, tier: 'standard' })
    expect(bound).toEqual({
      pico: 1_027_500_000n,
      inputTokens: 11,
      exact: true,
      outputTokens: 100,
      outputPico: 1_000_000_000n,
      answers: 1,
      webSearches: 0,
      tier: 'standard',
      region: 'global',
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
        region: 'global',
        ...(cache !== undefined && { cache }),
      })
      return toUsdString((pico / BigInt(inputTokens)) * 1_000_000n)
    }
    expect(await priceOfInput(undefined)).toBe('10')
    expect(await priceOfInput('5m')).toBe('6.25')
    expect(await priceOfInput(false)).toBe('5')
  })

  it('goes by what the provider options ask for', async () => {
    const bound = (options: Record<string, string | number>, tier?: ServiceTier) =>
      upperBound(
        { ...hello, maxOutputTokens: 100, providerOptions: { openai: options } },
        { ...gpt4o, modelId: 'gpt-5' },
        { at, ...(tier && { tier }) },
      )
    const plain = await bound({ service_tier: 'default' })
    expect((await bound({ service_tier: 'priority' })).pico).toBe(plain.pico * 2n)
    expect((await bound({ max_output_tokens: 700 })).outputTokens).toBe(700)
    expect((await bound({ n: 3 })).outputTokens).toBe(300)
    // What asks for a tier may be served as standard; what asks for none as its project is set, or as is said here.
    expect((await bound({ service_tier: 'flex' })).pico).toBe(plain.pico)
    for (const none of [{}, { service_tier: 'auto' }]) {
      expect(await bound(none)).toMatchObject({ pico: plain.pico * 2n, tier: 'priority' })
      expect(await bound(none, 'standard')).toMatchObject({ pico: plain.pico, tier: 'standard' })
    }
    expect((await bound({ service_tier: 'priority' }, 'standard')).pico).toBe(plain.pico * 2n)
    await expect(bound({ service_tier: 'scale' })).rejects.toThrow(/its scale price is not known/)
    await expect(bound({ service_tier: 'turbo' })).rejects.toThrow(/its price of the tier turbo is not known/)
  })

  it('takes the dearest place of a workspace, or the one that is asked for', async () => {
    const bound = (options: JsonObject, region?: string) =>
      upperBound({ ...hello, maxOutputTokens: 0, providerOptions: { anthropic: options } }, opus, {
        at,
        ...(region !== undefined && { region }),
      })
    const list = await bound({}, 'global')
    expect((await bound({ inference_geo: 'us' })).pico).toBe((list.pico * 11n) / 10n)
    expect(await bound({})).toMatchObject({ pico: (list.pico * 11n) / 10n, region: 'us' })
    expect((await bound({ inference_geo: 'global' })).pico).toBe(list.pico)
    await expect(bound({ speed: 'fast' })).rejects.toThrow(/its fast price/)
    const prices = createPriceBook({
      overrides: { 'anthropic/*': { rates: [{ tier: 'fast', factor: '6' }] } },
    })
    const request = { ...hello, maxOutputTokens: 0, providerOptions: { anthropic: { speed: 'fast' } } }
    const fast = await upperBound(request, opus, { at, prices, region: 'global' })
    expect(fast).toMatchObject({ pico: list.pico * 6n, tier: 'fast' })
  })

  it('takes the whole window for what it cannot see, and refuses where that is not known', async () => {
    const file = (part: object): ModelRequest => ({
      messages: [{ role: 'user', content: [{ type: 'file', mediaType: 'application/pdf', ...part }] }],
      maxOutputTokens: 10,
    })
    const pdf = (text: string): object => ({ data: btoa(text) })
    const gpt5 = { ...gpt4o, modelId: 'gpt-5' }
    const stored = (options: JsonObject): ModelRequest => ({
      ...hello,
      maxOutputTokens: 10,
      providerOptions: { openai: options },
    })
    const tokens = async (request: ModelRequest): Promise<number> =>
      (await upperBound(request, gpt5, { at })).inputTokens
    const window = 400_000
    expect(await tokens(file({ url: 'https://a.test/b.pdf' }))).toBe(window)
    expect(await tokens(file(pdf('<< /Type /ObjStm >> << /Type /Page >>')))).toBe(window)
    expect(await tokens(file(pdf('no page to be seen')))).toBe(window)
    expect(await tokens(stored({ previous_response_id: 'resp_1' }))).toBe(window)
    expect(await tokens(stored({ conversation: 'conv_1' }))).toBe(window)
    expect(await tokens(stored({ prompt: { id: 'pmpt_1' } }))).toBe(window)
    expect(await tokens(file(pdf('<< /Type /Page >>')))).toBeLessThan(10_000)
    expect(await tokens(stored({ user: 'me' }))).toBeLessThan(100)
    const prices = createPriceBook({ overrides: { 'acme/m': { prices: { input: '1', output: '1' } } } })
    const unknown = upperBound(
      file({ url: 'https://a.test/b.pdf' }),
      { provider: 'acme', modelId: 'm' },
      { prices },
    )
    await expect(unknown).rejects.toThrow(/contextWindow\), which the file https:\/\/a.test\/b.pdf may fill/)
  })

  it('has room for what runs at the provider as often as it may, or refuses', async () => {
    const search = (more: object = {}): JsonObject => ({
      type: 'web_search_20260209',
      name: 'web_search',
      ...more,
    })
    const bound = (options: JsonObject, more: UpperBoundOptions = {}) =>
      upperBound({ ...hello, maxOutputTokens: 0, providerOptions: { anthropic: options } }, opus, {
        at,
        region: 'global',
        cache: false,
        toolTokens: 1000,
        ...more,
      })
    const none = await bound({ tools: [search({ max_uses: 0 })] })
    const some = await bound({ tools: [search({ max_uses: 5 })] })
    expect(some.webSearches).toBe(5)
    // Read six times, with nothing and with what one to five searches brought; a search costs a cent.
    const read = none.inputTokens * 6 + 15 * 1000
    expect(some.inputTokens).toBe(read)
    expect(some.pico).toBe(BigInt(read) * 5_000_000n + 5n * 10_000_000_000n)
    const { inputTokens } = await upperBound(
      { ...hello, maxOutputTokens: 0, providerOptions: { anthropic: { tools: [search({ max_uses: 2 })] } } },
      opus,
      { at },
    )
    expect(inputTokens).toBe(none.inputTokens + 2 * 1_000_000)
    const refused: readonly (readonly [JsonObject, RegExp])[] = [
      [{ tools: [search()] }, /how often it uses web_search_20260209 at most is not known; set max_uses/],
      [
        { tools: [{ type: 'code_execution_20250825', name: 'x' }] },
        /price of the tool code_execution_20250825/,
      ],
      [{ mcp_servers: [{ type: 'url', url: 'https://a.test' }] }, /its price of mcp_servers/],
    ]
    for (const [options, message] of refused) await expect(bound(options)).rejects.toThrow(message)
    const free: readonly JsonObject[] = [
      { tools: [{ type: 'bash_20250124', name: 'bash' }] },
      { tools: [{ name: 'own', input_schema: { type: 'object' } }] },
      {},
    ]
    for (const options of free) expect((await bound(options)).webSearches).toBe(0)
    const local = createPriceBook({ free: ['anthropic'] })
    const overridden = await bound({ tools: [search()] }, { prices: local })
    expect(overridden.pico).toBe(0n)
  })

  it('counts a message once, by its identity', async () => {
    const countOnce = createUpperBound(createPriceBook())
    const messages = Array.from({ length: 50 }, (_, index) =>
      userText(`The ${index}th of many messages, 漢字.`),
    )
    for (const model of [gpt4o, opus])
      for (let length = 1; length <= messages.length; length += 7) {
        const request = { messages: messages.slice(0, length), maxOutputTokens: 5 }
        expect(await countOnce(request, model, { at })).toEqual(await upperBound(request, model, { at }))
      }
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
