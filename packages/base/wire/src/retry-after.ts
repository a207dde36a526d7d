import type { HeaderRecord } from './upstream-failure.ts'

const toMs = (text: string | undefined, unit: number): number | undefined => {
  const value = text?.trim() ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value * unit : undefined
}

/** How long the server asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. */
export const retryAfterOf = (headers: HeaderRecord, now: number = Date.now()): number | undefined => {
  const ms = toMs(headers['retry-after-ms'], 1)
  if (ms !== undefined && ms >= 0) return ms
  const after = headers['retry-after']
  const wait = toMs(after, 1000)
  if (wait !== undefined) return wait >= 0 ? wait : undefined
  const time = after === undefined ? Number.NaN : Date.parse(after)
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}
