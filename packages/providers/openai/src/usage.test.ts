import { describe, expect, it } from 'vitest'
import { fromChatUsage, fromResponseUsage } from './usage.ts'

describe('usage', () => {
  it('is split as OpenAI splits it', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5, cache_write_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 6 },
    }
    expect(fromChatUsage(usage)).toEqual({
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 60,
      cacheWriteTokens: 7,
      audioInputTokens: 5,
      reasoningTokens: 30,
      audioOutputTokens: 6,
    })
    const response = {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
      output_tokens: 8,
      output_tokens_details: { reasoning_tokens: 2 },
    }
    expect(fromResponseUsage(response)).toEqual({
      inputTokens: 9,
      outputTokens: 8,
      cachedInputTokens: 4,
      reasoningTokens: 2,
    })
  })

  it.each([
    [
      'xAI, whose thinking is not in its output',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { inputTokens: 10, outputTokens: 25, reasoningTokens: 20 },
    ],
    [
      'Gemini, which only adds it up',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 35 },
      { inputTokens: 10, outputTokens: 25 },
    ],
    [
      'DeepSeek, with its own name for the cache',
      { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 8 },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 8 },
    ],
    [
      'a server that sends nulls',
      { prompt_tokens: 10, completion_tokens: null, prompt_tokens_details: null },
      { inputTokens: 10, outputTokens: 0 },
    ],
    ['embeddings', { prompt_tokens: 10, total_tokens: 10 }, { inputTokens: 10, outputTokens: 0 }],
  ])('is read from %s', (_, usage, expected) => {
    expect(fromChatUsage(usage)).toEqual(expected)
  })

  it('has the tokens of images, and the tier that served the call in its own words', () => {
    const usage = {
      prompt_tokens: 244,
      completion_tokens: 1056,
      prompt_tokens_details: { image_tokens: 194 },
      completion_tokens_details: { image_tokens: 1000 },
    }
    const images = { inputTokens: 244, outputTokens: 1056, imageInputTokens: 194, imageOutputTokens: 1000 }
    expect(fromChatUsage(usage, 'priority')).toEqual({ ...images, serviceTier: 'priority' })
    for (const none of [null, undefined, '', 3]) expect(fromChatUsage(usage, none)).toEqual(images)
    const response = {
      input_tokens: 244,
      output_tokens: 1056,
      input_tokens_details: { image_tokens: 194 },
      output_tokens_details: { image_tokens: 1000 },
    }
    expect(fromResponseUsage(response, 'flex')).toEqual({ ...images, serviceTier: 'flex' })
  })

  it('is not made up', () => {
    expect([fromChatUsage(null), fromChatUsage(undefined), fromResponseUsage(null)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
