/**
 * Tokens one or more model calls used. `inputTokens` includes the cached and cache-write tokens and
 * `outputTokens` includes the reasoning tokens; the optional fields say how much of them was which.
 */
export interface Usage {
  inputTokens: number
  outputTokens: number
  /** Input tokens read from the provider's prompt cache. */
  cachedInputTokens?: number
  /** Input tokens written to the provider's prompt cache. */
  cacheWriteTokens?: number
  /** The part of `cacheWriteTokens` written with a one-hour lifetime. */
  cacheWrite1hTokens?: number
  reasoningTokens?: number
  audioInputTokens?: number
  audioOutputTokens?: number
  imageInputTokens?: number
  imageOutputTokens?: number
  /** Searches of the web that ran at the provider, which have a price of their own. */
  webSearches?: number
  /** How the provider says it served this one call (`'priority'`, `'flex'`, …), in its own words; a sum has none. */
  serviceTier?: string
  /** Where it says it served this one call, in its own words; a sum has none. */
  region?: string
  /**
   * Present when any part was counted here rather than reported by the provider (an aborted stream, say); `'output'`:
   * the input is the provider's own count.
   */
  estimated?: true | 'output'
}

/** No tokens. */
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 }

/** The larger of two counts of the same tokens, where either may have missed some. */
export const largerUsage = (a: Usage, b: Usage): Usage =>
  a.inputTokens + a.outputTokens > b.inputTokens + b.outputTokens ? a : b

const optional = [
  'cachedInputTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
  'imageInputTokens',
  'imageOutputTokens',
  'webSearches',
] as const

/** The sum of two usages; optional fields appear when either side has them. */
export const addUsage = (a: Usage, b: Usage): Usage => {
  const sum: Usage = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  }
  for (const key of optional) {
    const total = (a[key] ?? 0) + (b[key] ?? 0)
    if (total > 0) sum[key] = total
  }
  if (a.estimated || b.estimated) sum.estimated = true
  return sum
}
