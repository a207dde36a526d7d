import type { RateLimit } from '@ashlar/core'
import type { HeaderRecord } from './upstream-failure.ts'

const toNumber = (text: string): number | undefined => {
  const value = text.trim() ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `6m0s`, `1h2m3.5s`, `20ms`: milliseconds. */
const toDuration = (text: string): number | undefined => {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)/.exec(text) ?? []
  if (amount === undefined) return undefined
  const rest = text.slice(amount.length + unit.length)
  return Number(amount) * (unitMs[unit] ?? 0) + ((rest && toDuration(rest)) || 0)
}

/** Seconds since the epoch are 1.7e9 and more, milliseconds a thousand times that; waits are shorter than either. */
const earliestSeconds = 1e9
const earliestMs = 1e12

/** When a limit is reset: a duration (OpenAI), seconds to wait, a time (OpenRouter sends milliseconds), or ISO (Anthropic). */
const toResetTime = (text: string, now: number): number | undefined => {
  const value = toNumber(text)
  if (value === undefined) {
    const wait = /^[\d.hmsd]+$/.test(text) ? toDuration(text) : undefined
    return wait === undefined ? Date.parse(text) || undefined : now + wait
  }
  if (value >= earliestMs) return value
  return value >= earliestSeconds ? value * 1000 : now + value * 1000
}

type Fact = keyof RateLimit

/** Without a name, a limit is one of requests; a header with the name goes before it. */
const facts: Readonly<Record<string, Fact>> = {
  'x-ratelimit-limit': 'requestsLimit',
  'x-ratelimit-remaining': 'requestsRemaining',
  'x-ratelimit-reset': 'requestsResetAt',
  'x-ratelimit-limit-requests': 'requestsLimit',
  'x-ratelimit-remaining-requests': 'requestsRemaining',
  'x-ratelimit-reset-requests': 'requestsResetAt',
  'x-ratelimit-limit-tokens': 'tokensLimit',
  'x-ratelimit-remaining-tokens': 'tokensRemaining',
  'x-ratelimit-reset-tokens': 'tokensResetAt',
  'anthropic-ratelimit-requests-limit': 'requestsLimit',
  'anthropic-ratelimit-requests-remaining': 'requestsRemaining',
  'anthropic-ratelimit-requests-reset': 'requestsResetAt',
  'anthropic-ratelimit-tokens-limit': 'tokensLimit',
  'anthropic-ratelimit-tokens-remaining': 'tokensRemaining',
  'anthropic-ratelimit-tokens-reset': 'tokensResetAt',
}

/**
 * What a vendor's headers say about its limits: `x-ratelimit-*` (OpenAI, Groq, OpenRouter) or
 * `anthropic-ratelimit-*`; undefined when they say nothing.
 */
export const rateLimitOf = (headers: HeaderRecord, now: number = Date.now()): RateLimit | undefined => {
  let known: { [Key in Fact]?: number } | undefined
  for (const header in facts) {
    const text = headers[header]
    const fact = facts[header]
    if (text === undefined || !fact) continue
    const value = fact.endsWith('At') ? toResetTime(text, now) : toNumber(text)
    if (value !== undefined) (known ??= {})[fact] = value
  }
  return known
}
