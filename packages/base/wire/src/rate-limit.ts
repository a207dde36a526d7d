import type { RateLimit } from '@ashlar/core'
import type { HeaderRecord } from './upstream-failure.ts'

const toNumber = (text: string | undefined): number | undefined => {
  const value = text?.trim() ? Number(text) : Number.NaN
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
  let total: number | undefined
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total = (total ?? 0) + Number(amount) * (unitMs[unit] ?? 0)
  return total
}

/** Seconds since the epoch are 1.7e9 and more, milliseconds a thousand times that; waits are shorter than either. */
const earliestSeconds = 1e9
const earliestMs = 1e12

/** When a limit is reset: a duration (OpenAI), seconds to wait, a time (OpenRouter sends milliseconds), or ISO (Anthropic). */
const toResetTime = (text: string | undefined, now: number): number | undefined => {
  if (text === undefined) return undefined
  const value = toNumber(text)
  if (value === undefined) {
    const wait = /^[\d.hmsd]+$/.test(text) ? toDuration(text) : undefined
    return wait === undefined ? Date.parse(text) || undefined : now + wait
  }
  if (value >= earliestMs) return value
  return value >= earliestSeconds ? value * 1000 : now + value * 1000
}

/**
 * What a vendor's headers say about its limits: `x-ratelimit-*` (OpenAI, Groq, OpenRouter) or
 * `anthropic-ratelimit-*`; undefined when they say nothing.
 */
export const rateLimitOf = (headers: HeaderRecord, now: number = Date.now()): RateLimit | undefined => {
  const name = Object.keys(headers).find((key) => key.includes('ratelimit-'))
  if (name === undefined) return undefined
  const get = name.startsWith('anthropic-')
    ? (what: string, fact: string) => headers[`anthropic-ratelimit-${what}-${fact}`]
    : // Without a name, a limit is one of requests.
      (what: string, fact: string) =>
        headers[`x-ratelimit-${fact}-${what}`] ??
        (what === 'requests' ? headers[`x-ratelimit-${fact}`] : undefined)
  const facts: Record<string, number> = {}
  const add = (key: keyof RateLimit, value: number | undefined): void => {
    if (value !== undefined) facts[key] = value
  }
  for (const what of ['requests', 'tokens'] as const) {
    add(`${what}Limit`, toNumber(get(what, 'limit')))
    add(`${what}Remaining`, toNumber(get(what, 'remaining')))
    add(`${what}ResetAt`, toResetTime(get(what, 'reset'), now))
  }
  return Object.keys(facts).length > 0 ? facts : undefined
}
