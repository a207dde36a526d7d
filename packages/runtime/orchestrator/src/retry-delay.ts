import { isObject } from '@ashlar/core'
import type { RetryPolicy } from './task.ts'

/**
 * Milliseconds until the next try, at random up to `baseMs · 2ⁿ` (full jitter) and after what the error asks for
 * in `retryAfterMs`; undefined when there is none: the tries are used up, or the error says `retryable: false`.
 */
export const retryDelay = (
  error: unknown,
  options: { readonly retry: RetryPolicy; readonly tries: number; readonly random: () => number },
): number | undefined => {
  const { retry, tries, random } = options
  const { attempts = 1, baseMs = 500, capMs = 30_000 } = retry
  if (tries >= attempts) return undefined
  const facts: Record<string, unknown> = isObject(error) ? error : {}
  if (facts['retryable'] === false) return undefined
  const asked = typeof facts['retryAfterMs'] === 'number' ? facts['retryAfterMs'] : 0
  return asked + random() * Math.min(capMs, baseMs * 2 ** (tries - 1))
}
