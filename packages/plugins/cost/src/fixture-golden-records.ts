import type { ServiceTier } from './price-book.ts'

/** An answer's usage and its bill. */
export interface GoldenRecord {
  readonly name: string
  readonly call: {
    readonly provider: string
    readonly modelId: string
    readonly tier?: ServiceTier
    readonly region?: string
  }
  readonly usage: Readonly<Record<string, unknown>>
  readonly usd: string
}

/** November 2026: between two changes of any price used here. */
export const goldenDate: Date = new Date('2026-11-21T12:00:00Z')

/**
 * `usage` as each API writes it, and what it costs in US dollars, worked out by hand from the vendor's price page.
 * Prices are for a million tokens.
 */
export const goldenRecords: readonly GoldenRecord[] = [
  {
    // 2.50 in, 1.25 cached, 10 out: 1,094×2.50 + 1,024×1.25 + 300×10 = 2,735 + 1,280 + 3,000 millionths.
    name: 'OpenAI chat, cached',
    call: { provider: 'openai', modelId: 'gpt-4o-2024-08-06' },
    usage: {
      prompt_tokens: 2118,
      completion_tokens: 300,
      total_tokens: 2418,
      prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0 },
    },
    usd: '0.007015',
  },
  {
    // 2.50 in, 32 audio in, 10 out, 64 audio out: 20×2.50 + 100×32 + 30×10 + 200×64 = 50 + 3,200 + 300 + 12,800.
    name: 'OpenAI chat, audio',
    call: { provider: 'openai', modelId: 'gpt-audio' },
    usage: {
      prompt_tokens: 120,
      completion_tokens: 230,
      total_tokens: 350,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 100, text_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 200, text_tokens: 30 },
    },
    usd: '0.01635',
  },
  {
    // 1.25 in, 0.125 cached, 10 out, thinking included: 2,000×1.25 + 8,000×0.125 + 1,500×10 = 2,500 + 1,000 + 15,000.
    name: 'OpenAI responses, cached and reasoning',
    call: { provider: 'openai', modelId: 'gpt-5' },
    usage: {
      input_tokens: 10_000,
      input_tokens_details: { cached_tokens: 8000 },
      output_tokens: 1500,
      output_tokens_details: { reasoning_tokens: 1088 },
      total_tokens: 11_500,
    },
    usd: '0.0185',
  },
  {
    // The same as a batch: half of each.
    name: 'OpenAI responses, batch',
    call: { provider: 'openai', modelId: 'gpt-5', tier: 'batch' },
    usage: { input_tokens: 10_000, input_tokens_details: { cached_tokens: 8000 }, output_tokens: 1500 },
    usd: '0.00925',
  },
  {
    // Above 272,000 the whole request: 10 in, 1 cached, 45 out: 100,000×10 + 200,000×1 + 1,000×45.
    name: 'OpenAI responses, long context',
    call: { provider: 'openai', modelId: 'gpt-5.5' },
    usage: { input_tokens: 300_000, input_tokens_details: { cached_tokens: 200_000 }, output_tokens: 1000 },
    usd: '1.245',
  },
  {
    // 5 text in, 10 image in, 40 out: 50×5 + 194×10 + 1,056×40 = 250 + 1,940 + 42,240.
    name: 'OpenAI images',
    call: { provider: 'openai', modelId: 'gpt-image-1' },
    usage: {
      input_tokens: 244,
      output_tokens: 1056,
      total_tokens: 1300,
      input_tokens_details: { text_tokens: 50, image_tokens: 194 },
    },
    usd: '0.04443',
  },
  {
    // 3 in, 0.30 read, 3.75 written, 15 out: 2,095×3 + 188,086×0.30 + 1,024×3.75 + 503×15
    // = 6,285 + 56,425.8 + 3,840 + 7,545.
    name: 'Anthropic, cache read and 5 minute write',
    call: { provider: 'anthropic', modelId: 'claude-sonnet-4-6' },
    usage: {
      input_tokens: 2095,
      cache_read_input_tokens: 188_086,
      cache_creation_input_tokens: 1024,
      cache_creation: { ephemeral_5m_input_tokens: 1024, ephemeral_1h_input_tokens: 0 },
      output_tokens: 503,
      service_tier: 'standard',
    },
    usd: '0.0740958',
  },
  {
    // 5 in, 0.50 read, 6.25 and 10 written, 25 out: 2,048×5 + 1,800×0.50 + 148×6.25 + 100×10 + 503×25
    // = 10,240 + 900 + 925 + 1,000 + 12,575.
    name: 'Anthropic, both lifetimes (the usage of its guide)',
    call: { provider: 'anthropic', modelId: 'claude-opus-5' },
    usage: {
      input_tokens: 2048,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 248,
      output_tokens: 503,
      cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
    },
    usd: '0.02564',
  },
  {
    // The same served in the US: a tenth more.
    name: 'Anthropic, a region',
    call: { provider: 'anthropic', modelId: 'claude-opus-5', region: 'us' },
    usage: {
      input_tokens: 2048,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 248,
      output_tokens: 503,
      cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
    },
    usd: '0.028204',
  },
  {
    // 5 in, 25 out, and 10 for a thousand searches: 6,039×5 + 931×25 = 30,195 + 23,275, and 2 searches.
    name: 'Anthropic, web searches',
    call: { provider: 'anthropic', modelId: 'claude-opus-5' },
    usage: {
      input_tokens: 6039,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      output_tokens: 931,
      server_tool_use: { web_search_requests: 2 },
    },
    usd: '0.07347',
  },
  {
    // 1.25 in, 0.125 cached, 10 out and thinking: 1,000×1.25 + 4,000×0.125 + (200 + 800)×10 = 1,250 + 500 + 10,000.
    name: 'Gemini, cached and thoughts',
    call: { provider: 'google', modelId: 'gemini-2.5-pro' },
    usage: {
      promptTokenCount: 5000,
      cachedContentTokenCount: 4000,
      candidatesTokenCount: 200,
      thoughtsTokenCount: 800,
      totalTokenCount: 6000,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 5000 }],
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 4000 }],
    },
    usd: '0.01175',
  },
  {
    // Above 200,000: 2.50 in, 15 out: 250,000×2.50 + 2,000×15 = 625,000 + 30,000.
    name: 'Gemini, long context',
    call: { provider: 'google', modelId: 'gemini-2.5-pro' },
    usage: { promptTokenCount: 250_000, candidatesTokenCount: 2000, totalTokenCount: 252_000 },
    usd: '0.655',
  },
  {
    // 0.30 in, 1 audio in, 0.03 cached, 0.10 cached audio, 2.50 out:
    // 100×0.30 + 900×1 + 200×0.03 + 300×0.10 + 50×2.50 = 30 + 900 + 6 + 30 + 125.
    name: 'Gemini, audio in part cached',
    call: { provider: 'google', modelId: 'gemini-2.5-flash' },
    usage: {
      promptTokenCount: 1500,
      cachedContentTokenCount: 500,
      candidatesTokenCount: 50,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 300 },
        { modality: 'AUDIO', tokenCount: 1200 },
      ],
      cacheTokensDetails: [
        { modality: 'TEXT', tokenCount: 200 },
        { modality: 'AUDIO', tokenCount: 300 },
      ],
    },
    usd: '0.001091',
  },
  {
    // 0.30 in, 30 for images out: 1,300×0.30 + 1,290×30 = 390 + 38,700.
    name: 'Gemini, an image written',
    call: { provider: 'google', modelId: 'gemini-2.5-flash-image' },
    usage: {
      promptTokenCount: 1300,
      candidatesTokenCount: 1290,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 10 },
        { modality: 'IMAGE', tokenCount: 1290 },
      ],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
    },
    usd: '0.03909',
  },
]
