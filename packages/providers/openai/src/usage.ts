import type { Usage } from '@ashlar/core'

type Counts = Readonly<Record<string, unknown>>

/** The count of this name in what may be an object, and may have it. */
const count = (counts: unknown, name: string): number => {
  const { [name]: value }: Counts = Object(counts)
  return typeof value === 'number' && value > 0 ? value : 0
}

/**
 * The tokens of a chat or embeddings answer, and the tier that served it. Where `total_tokens` is more than the sum of both sides (xAI, Gemini),
 * the rest is thinking that was left out of the output.
 */
export const fromChatUsage = (usage: unknown, tier?: unknown): Usage | undefined => {
  if (!usage) return undefined
  const input = count(usage, 'prompt_tokens')
  const output = Math.max(count(usage, 'completion_tokens'), count(usage, 'total_tokens') - input)
  const { prompt_tokens_details: prompt, completion_tokens_details: completion }: Counts = Object(usage)
  return toUsage([input, output, tier], {
    // DeepSeek has a name of its own for the tokens read from its cache.
    cachedInputTokens: count(prompt, 'cached_tokens') || count(usage, 'prompt_cache_hit_tokens'),
    cacheWriteTokens: count(prompt, 'cache_write_tokens'),
    audioInputTokens: count(prompt, 'audio_tokens'),
    reasoningTokens: count(completion, 'reasoning_tokens'),
    audioOutputTokens: count(completion, 'audio_tokens'),
    imageInputTokens: count(prompt, 'image_tokens'),
    imageOutputTokens: count(completion, 'image_tokens'),
  })
}

/** The same of an answer of the responses API. */
export const fromResponseUsage = (usage: unknown, tier?: unknown): Usage | undefined => {
  if (!usage) return undefined
  const { input_tokens_details: input, output_tokens_details: output }: Counts = Object(usage)
  return toUsage([count(usage, 'input_tokens'), count(usage, 'output_tokens'), tier], {
    cachedInputTokens: count(input, 'cached_tokens'),
    cacheWriteTokens: count(input, 'cache_write_tokens'),
    reasoningTokens: count(output, 'reasoning_tokens'),
    imageInputTokens: count(input, 'image_tokens'),
    imageOutputTokens: count(output, 'image_tokens'),
  })
}

type Whole = readonly [inputTokens: number, outputTokens: number, tier: unknown]

const details = [
  'cachedInputTokens',
  'cacheWriteTokens',
  'audioInputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'imageInputTokens',
  'imageOutputTokens',
] as const

type Split = { readonly [Key in (typeof details)[number]]?: number }

const toUsage = ([inputTokens, outputTokens, tier]: Whole, split: Split): Usage => {
  const usage: Usage = { inputTokens, outputTokens }
  if (tier && typeof tier === 'string') usage.serviceTier = tier
  for (const key of details) {
    const tokens = split[key] ?? 0
    if (tokens > 0) usage[key] = tokens
  }
  return usage
}
