import { describe, expect, it } from 'vitest'
import { rateLimitOf } from './rate-limit.ts'
import { retryAfterOf } from './retry-after.ts'

const now = Date.UTC(2026, 0, 1)

describe('rateLimitOf', () => {
  it('reads the headers of OpenAI, with their durations', () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '20ms',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0.5s',
    }
    expect(rateLimitOf(headers, now)).toEqual({
      requestsLimit: 60,
      requestsRemaining: 0,
      requestsResetAt: now + 20,
      tokensLimit: 150_000,
      tokensRemaining: 149_984,
      tokensResetAt: now + 360_500,
    })
  })

  it('reads the headers of Anthropic, with their times', () => {
    const headers = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:05Z',
      'anthropic-ratelimit-tokens-limit': '80000',
    }
    expect(rateLimitOf(headers, now)).toEqual({
      requestsLimit: 50,
      requestsRemaining: 49,
      requestsResetAt: now + 5000,
      tokensLimit: 80_000,
    })
  })

  it.each([
    ['OpenRouter, in milliseconds', String(now + 7000), now + 7000],
    ['others, in seconds since the epoch', String(now / 1000 + 7), now + 7000],
    ['others, in seconds to wait', '7.5', now + 7500],
    ['a long duration', '1d2h3m4s', now + 93_784_000],
    ['nothing that is a time', 'soon', undefined],
  ])('reads when a nameless limit is reset: %s', (_, reset, at) => {
    expect(rateLimitOf({ 'x-ratelimit-limit': '20', 'x-ratelimit-reset': reset }, now)).toEqual({
      requestsLimit: 20,
      ...(at !== undefined && { requestsResetAt: at }),
    })
  })

  it('says nothing when the headers do not', () => {
    expect(rateLimitOf({ 'content-type': 'application/json' })).toBeUndefined()
    expect(rateLimitOf({ 'x-ratelimit-limit-requests': 'many' })).toBeUndefined()
  })
})

describe('retryAfterOf', () => {
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after': new Date(now + 3000).toUTCString() }, 3000],
    [{ 'retry-after': new Date(now - 3000).toUTCString() }, 0],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'later' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', (headers, ms) => {
    expect(retryAfterOf(headers, now)).toBe(ms)
  })
})
