import { InvalidArgument } from '@ashlar/core'
import type { Handler } from './bus.ts'

/**
 * Deals with each event once, as far back as `size` events: a bus may bring the same one again. An event whose
 * handler failed is not counted as dealt with.
 */
export const once = (handler: Handler, { size = 10_000 }: { readonly size?: number } = {}): Handler => {
  if (!Number.isInteger(size) || size < 1) throw new InvalidArgument('size', 'a whole number from 1', size)
  const seen = new Set<string>()
  return async (envelope, delivery) => {
    const key = `${envelope.source}\n${envelope.id}`
    if (seen.has(key)) return
    await handler(envelope, delivery)
    seen.add(key)
    const [oldest] = seen
    if (seen.size > size && oldest !== undefined) seen.delete(oldest)
  }
}
