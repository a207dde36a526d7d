import type { JsonObject, RateLimit } from '@ashlar/core'
import type { Failure } from './dialect.ts'

const codes = {
  auth: ['invalid_request_error', 'invalid_api_key', null],
  'rate-limit': ['requests', 'rate_limit_exceeded', null],
  overloaded: ['server_error', null, null],
  network: ['server_error', null, null],
  timeout: ['server_error', null, null],
  'context-overflow': ['invalid_request_error', 'context_length_exceeded', 'messages'],
  content: ['invalid_request_error', 'invalid_prompt', null],
  'bad-request': ['invalid_request_error', null, 'messages'],
} as const

/** OpenAI's error object. Source: platform.openai.com/docs/guides/error-codes and answers seen. */
export const openaiError = ({ kind, status, message }: Omit<Failure, 'requestId'>): JsonObject => {
  if (status === 404) return { message, type: 'invalid_request_error', param: null, code: 'model_not_found' }
  const [type, code, param] = codes[kind]
  return { message, type, param, code }
}

/** A duration as OpenAI's headers write it: `20ms`, `1s`, `6m0s`. */
const duration = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${milliseconds}ms`
  const minutes = Math.floor(milliseconds / 60_000)
  const seconds = (milliseconds % 60_000) / 1000
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}

/** OpenAI's request id and rate limit headers. Source: platform.openai.com/docs/guides/rate-limits */
export const openaiHeaders = (requestId: string, limit: RateLimit): Record<string, string> => {
  const headers: Record<string, string> = { 'x-request-id': requestId, 'openai-processing-ms': '1' }
  for (const [what, total, left, reset] of [
    ['requests', limit.requestsLimit, limit.requestsRemaining, limit.requestsResetAt],
    ['tokens', limit.tokensLimit, limit.tokensRemaining, limit.tokensResetAt],
  ] as const) {
    if (total !== undefined) headers[`x-ratelimit-limit-${what}`] = String(total)
    if (left !== undefined) headers[`x-ratelimit-remaining-${what}`] = String(left)
    if (reset !== undefined) headers[`x-ratelimit-reset-${what}`] = duration(Math.max(0, reset - Date.now()))
  }
  return headers
}
