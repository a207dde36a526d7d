import { isObject, type Usage } from '@ashlar/core'

/** A usage with everything that may have a price of its own; a core `Usage` is one. */
export interface BillableUsage extends Usage {
  /** The part of both `audioInputTokens` and `cachedInputTokens`. */
  readonly cachedAudioInputTokens?: number
  /** The part of both `imageInputTokens` and `cachedInputTokens`. */
  readonly cachedImageInputTokens?: number
  /** Calls, where each has a price. @default 1 */
  readonly requests?: number
}

const countIn = (from: unknown, key: string): number => {
  const value = isObject(from) ? from[key] : undefined
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

const ofModality = (details: unknown, modality: string): number =>
  Array.isArray(details)
    ? details.reduce<number>(
        (sum, each) =>
          isObject(each) && each['modality'] === modality ? sum + countIn(each, 'tokenCount') : sum,
        0,
      )
    : 0

type Split = { readonly [Key in keyof BillableUsage]?: number }

/** How an answer says it was served. */
const servedIn = (usage: Readonly<Record<string, unknown>>): Pick<Usage, 'serviceTier' | 'region'> => {
  const { service_tier: told, speed, inference_geo: region } = usage
  const serviceTier = speed === 'fast' ? speed : told
  return {
    ...(typeof serviceTier === 'string' && { serviceTier }),
    ...(typeof region === 'string' && { region }),
  }
}

const billable = (inputTokens: number, outputTokens: number, parts: Split): BillableUsage => ({
  inputTokens,
  outputTokens,
  ...Object.fromEntries(Object.entries(parts).filter(([, count]) => count > 0)),
})

/** Cached and written tokens are beside `input_tokens`, not in it. */
const fromAnthropic = (usage: Readonly<Record<string, unknown>>): BillableUsage => {
  const creation: unknown = 'cache_creation' in usage ? usage.cache_creation : undefined
  const hour = countIn(creation, 'ephemeral_1h_input_tokens')
  const fiveMinutes = countIn(creation, 'ephemeral_5m_input_tokens')
  const written = Math.max(countIn(usage, 'cache_creation_input_tokens'), hour + fiveMinutes)
  const cached = countIn(usage, 'cache_read_input_tokens')
  const tokens = billable(
    countIn(usage, 'input_tokens') + cached + written,
    countIn(usage, 'output_tokens'),
    {
      cachedInputTokens: cached,
      cacheWriteTokens: written,
      cacheWrite1hTokens: hour,
      reasoningTokens: countIn(
        'output_tokens_details' in usage && usage.output_tokens_details,
        'thinking_tokens',
      ),
      webSearches: countIn('server_tool_use' in usage && usage.server_tool_use, 'web_search_requests'),
    },
  )
  return { ...tokens, ...servedIn(usage) }
}

/** Thinking is beside `candidatesTokenCount`, and what tools were given beside `promptTokenCount`. */
const fromGemini = (usage: Readonly<Record<string, unknown>>): BillableUsage => {
  const {
    promptTokensDetails: prompt,
    cacheTokensDetails: cache,
    candidatesTokensDetails: candidates,
  } = usage
  const thoughts = countIn(usage, 'thoughtsTokenCount')
  return billable(
    countIn(usage, 'promptTokenCount') + countIn(usage, 'toolUsePromptTokenCount'),
    countIn(usage, 'candidatesTokenCount') + thoughts,
    {
      cachedInputTokens: countIn(usage, 'cachedContentTokenCount'),
      reasoningTokens: thoughts,
      audioInputTokens: ofModality(prompt, 'AUDIO'),
      cachedAudioInputTokens: ofModality(cache, 'AUDIO'),
      imageInputTokens: ofModality(prompt, 'IMAGE'),
      cachedImageInputTokens: ofModality(cache, 'IMAGE'),
      audioOutputTokens: ofModality(candidates, 'AUDIO'),
      imageOutputTokens: ofModality(candidates, 'IMAGE'),
    },
  )
}

/** Chat says prompt and completion, the responses API input and output; the splits are in both totals. */
const fromOpenai = (usage: Readonly<Record<string, unknown>>): BillableUsage => {
  const isChat = 'prompt_tokens' in usage
  const input = usage[isChat ? 'prompt_tokens_details' : 'input_tokens_details']
  const output = usage[isChat ? 'completion_tokens_details' : 'output_tokens_details']
  const inputTokens = countIn(usage, isChat ? 'prompt_tokens' : 'input_tokens')
  const written = countIn(usage, isChat ? 'completion_tokens' : 'output_tokens')
  const cached: unknown = isObject(input) ? input['cached_tokens_details'] : undefined
  // Where the total is more than both sides (xAI), the rest is thinking that was left out of the output.
  const outputTokens = Math.max(written, countIn(usage, 'total_tokens') - inputTokens)
  return billable(inputTokens, outputTokens, {
    cachedInputTokens: countIn(input, 'cached_tokens') || countIn(usage, 'prompt_cache_hit_tokens'),
    cacheWriteTokens: countIn(input, 'cache_write_tokens'),
    audioInputTokens: countIn(input, 'audio_tokens'),
    cachedAudioInputTokens: countIn(cached, 'audio_tokens'),
    imageInputTokens: countIn(input, 'image_tokens'),
    cachedImageInputTokens: countIn(cached, 'image_tokens'),
    reasoningTokens: countIn(output, 'reasoning_tokens'),
    audioOutputTokens: countIn(output, 'audio_tokens'),
    imageOutputTokens: countIn(output, 'image_tokens'),
  })
}

/**
 * The usage of an answer as OpenAI (chat, responses), Anthropic and Gemini write it, read for its bill; `undefined`
 * for anything else. Anthropic's counts are told by its cache fields, which it always writes.
 */
export const toBillableUsage = (usage: unknown): BillableUsage | undefined => {
  if (!isObject(usage)) return undefined
  if ('promptTokenCount' in usage) return fromGemini(usage)
  if ('cache_read_input_tokens' in usage || 'cache_creation_input_tokens' in usage)
    return fromAnthropic(usage)
  return 'prompt_tokens' in usage || 'input_tokens' in usage ? fromOpenai(usage) : undefined
}
