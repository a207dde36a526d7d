import { type HeaderRecord, toNumber, toTime } from './header-values.ts'

/** How long the server asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. */
export const retryAfterOf = (headers: HeaderRecord, now: number = Date.now()): number | undefined => {
  const ms = toNumber(headers['retry-after-ms'])
  if (ms !== undefined && ms >= 0) return ms
  const after = headers['retry-after']
  if (after === undefined) return undefined
  const seconds = toNumber(after)
  if (seconds !== undefined) return seconds >= 0 ? seconds * 1000 : undefined
  const time = toTime(after)
  return time === undefined ? undefined : Math.max(0, time - now)
}
