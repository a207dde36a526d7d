import type { RateLimit } from '@ashlar/core'
import type { HttpResponse } from '@ashlar/wire'
import type { rateLimitOf } from '@ashlar/wire/rate-limit'

/** What the headers of an answer say about limits. */
export type RateLimitReader = (headers: HttpResponse['headers']) => Promise<RateLimit | undefined>

/**
 * A reader that is loaded by the first answer that says something; one per model, because to load what is loaded
 * costs as well. An answer is worth more than its limits: they may be missing.
 */
export const createRateLimitReader = (): RateLimitReader => {
  let read: typeof rateLimitOf | undefined
  return async (headers) => {
    if (!Object.keys(headers).some((name) => name.includes('ratelimit-'))) return undefined
    read ??= (await import('@ashlar/wire/rate-limit').catch(() => undefined))?.rateLimitOf
    return read?.(headers)
  }
}
