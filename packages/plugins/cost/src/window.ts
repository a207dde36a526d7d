import { InvalidArgument } from '@ashlar/core'
import { Temporal } from 'temporal-polyfill'
import { forever } from './ledger.ts'

/** How long a budget lasts before it begins anew: a day, a week from Monday on, or a month. */
export type BudgetWindow = 'day' | 'week' | 'month'

/** Milliseconds since the epoch; `until` is excluded, and the start of the next window. */
export interface WindowSpan {
  readonly from: number
  readonly until: number
}

export interface WindowOptions {
  /** @default none: it never ends */
  readonly window?: BudgetWindow
  /** An IANA name such as `'Europe/Berlin'`. @default 'UTC' */
  readonly timeZone?: string
}

/** @throws InvalidArgument for a time zone this machine does not know */
export const checkTimeZone = (timeZone: string): string => {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone).timeZoneId
  } catch {
    throw new InvalidArgument('timeZone', "an IANA time zone such as 'Europe/Berlin'", timeZone)
  }
}

const spanAt = (window: BudgetWindow, timeZone: string, at: number): WindowSpan => {
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()
  const first =
    window === 'month'
      ? today.with({ day: 1 })
      : window === 'week'
        ? today.subtract({ days: today.dayOfWeek - 1 })
        : today
  const next = first.add(window === 'month' ? { months: 1 } : { days: window === 'week' ? 7 : 1 })
  // A day begins when its date does, which in some places is not at midnight.
  const start = (date: Temporal.PlainDate): number => date.toZonedDateTime(timeZone).epochMilliseconds
  return { from: start(first), until: start(next) }
}

/**
 * Finds the window a time is in, by the calendar of the time zone: days of 23 and 25 hours, months of 28 to 31 days.
 * @throws InvalidArgument for a window or time zone that is none
 */
export const createWindow = ({ window, timeZone = 'UTC' }: WindowOptions): ((at: number) => WindowSpan) => {
  const zone = checkTimeZone(timeZone)
  if (window === undefined) return () => forever
  if (window !== 'day' && window !== 'week' && window !== 'month')
    throw new InvalidArgument('window', "'day', 'week' or 'month'", window)
  let span: WindowSpan = { from: 0, until: 0 }
  return (at) => {
    if (at < span.from || at >= span.until) span = spanAt(window, zone, at)
    return span
  }
}

/** The date in the time zone: `2026-03-29`. */
export const dateAt = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString()

/** A time as it is written in the time zone, with its offset: `2026-03-29T00:00:00+01:00`. */
export const timeAt = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' })
