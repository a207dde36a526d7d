import { InvalidArgument } from '@ashlar/core'
import { Temporal } from 'temporal-polyfill'
import { checkTimeZone } from '../window.ts'

/** How `--since` and `--until` are written. */
export const timeUsage = 'a date (2026-03-01), a time (2026-03-01T12:00Z) or days or hours ago (7d, 24h)'

const read = (text: string, timeZone: string, now: number): number => {
  const [, hours] = /^(\d{1,6})h$/.exec(text) ?? []
  if (hours !== undefined) return now - Number(hours) * 3_600_000
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? []
  if (days === undefined && text.includes('T')) return Temporal.Instant.from(text).epochMilliseconds
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate()
  const date = days === undefined ? Temporal.PlainDate.from(text) : today.subtract({ days: Number(days) })
  return date.toZonedDateTime(timeZone).epochMilliseconds
}

/** Milliseconds since the epoch; days begin in the time zone. @throws InvalidArgument for what is no time */
export const parseTime = (
  option: string,
  text: string,
  { timeZone, now }: { readonly timeZone: string; readonly now: number },
): number => {
  checkTimeZone(timeZone)
  try {
    return read(text, timeZone, now)
  } catch {
    throw new InvalidArgument(option, timeUsage, text)
  }
}
