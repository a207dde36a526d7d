import type { RateLimit } from '@ashlar/core'
import type { HttpResponse } from '@ashlar/wire'
import type { rateLimitOf } from '@ashlar/wire/rate-limit'

type Headers = HttpResponse['headers']

/** What the headers of an answer say about limits; a promise at the first answer that says something. */
export type RateLimitReader = (headers: Headers) => RateLimit | undefined | Promise<RateLimit | undefined>

/** A reader that loads what it needs once; one per model. An answer is worth more than its limits: they may be missing. */
export const createRateLimitReader = (): RateLimitReader => {
  let read: typeof rateLimitOf | undefined
  const load = async (headers: Headers): Promise<RateLimit | undefined> => {
    const loaded = await import('@ashlar/wire/rate-limit').catch(() => undefined)
    read = loaded?.rateLimitOf
    return read?.(headers)
  }
  return (headers) => {
    if (read) return read(headers)
    return Object.keys(headers).some((name) => name.includes('ratelimit-')) ? load(headers) : undefined
  }
}
