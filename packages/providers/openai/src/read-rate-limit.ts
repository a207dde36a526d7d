import type { RateLimit } from '@ashlar/core'
import type { HttpResponse } from '@ashlar/wire'

/**
 * What the headers of an answer say about limits, by what is loaded for the first answer that says something. An
 * answer is worth more than its limits: they may be missing.
 */
export const readRateLimit = async (headers: HttpResponse['headers']): Promise<RateLimit | undefined> => {
  if (!Object.keys(headers).some((name) => name.includes('ratelimit-'))) return undefined
  const loaded = await import('@ashlar/wire/rate-limit').catch(() => undefined)
  return loaded?.rateLimitOf(headers)
}
