import type { RateLimit } from '@ashlar/core'

/** Header names in lower case. */
export type HeaderRecord = Readonly<Record<string, string>>

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `6m0s`, `1h2m3.5s`, `20ms`, or plain seconds: milliseconds. */
const durationMs = (text: string): number | undefined => {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return seconds * 1000
  let total: number | undefined
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total = (total ?? 0) + Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return total
}

const count = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

const openaiReset = (text: string | undefined, now: number): number | undefined => {
  const wait = text === undefined ? undefined : durationMs(text)
  // OpenRouter sends the time of the reset (milliseconds since the epoch), not the wait.
  if (wait === undefined) return undefined
  return wait / 1000 > 1e11 ? wait / 1000 : now + wait
}

const isoReset = (text: string | undefined): number | undefined => {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/**
 * What a vendor's headers say about its limits: `x-ratelimit-*` (OpenAI, Groq, OpenRouter) or
 * `anthropic-ratelimit-*`; undefined when they say nothing.
 */
export const rateLimitOf = (headers: HeaderRecord, now: number = Date.now()): RateLimit | undefined => {
  const anthropic =
    'anthropic-ratelimit-requests-limit' in headers || 'anthropic-ratelimit-tokens-limit' in headers
  const facts: { -readonly [Key in keyof RateLimit]: RateLimit[Key] | undefined } = {}
  for (const what of ['requests', 'tokens'] as const) {
    const get = (fact: string): string | undefined =>
      anthropic
        ? headers[`anthropic-ratelimit-${what}-${fact}`]
        : (headers[`x-ratelimit-${fact}-${what}`] ??
          (what === 'requests' ? headers[`x-ratelimit-${fact}`] : undefined))
    facts[`${what}Limit`] = count(get('limit'))
    facts[`${what}Remaining`] = count(get('remaining'))
    facts[`${what}ResetAt`] = anthropic ? isoReset(get('reset')) : openaiReset(get('reset'), now)
  }
  const known: Record<string, number> = {}
  for (const [key, value] of Object.entries(facts)) if (value !== undefined) known[key] = value
  return Object.keys(known).length > 0 ? known : undefined
}

/** How long the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. */
export const retryAfterOf = (headers: HeaderRecord, now: number = Date.now()): number | undefined => {
  const ms = count(headers['retry-after-ms'])
  if (ms !== undefined && ms >= 0) return ms
  const after = headers['retry-after']
  if (after === undefined) return undefined
  const seconds = count(after)
  if (seconds !== undefined) return seconds >= 0 ? seconds * 1000 : undefined
  const date = Date.parse(after)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
