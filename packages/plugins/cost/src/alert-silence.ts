import { InvalidArgument } from '@ashlar/core'
import { type AlertFilter, type BudgetAlert, matchesAlert } from './alert.ts'

/** Alerts that are not wanted for a time. What still holds after it is told then. */
export interface AlertSilence extends AlertFilter {
  /** A date, or milliseconds since the epoch. @default always */
  readonly from?: Date | number
  readonly until: Date | number
}

/** @throws InvalidArgument for a time that is none */
export const checkSilences = (silences: readonly AlertSilence[]): readonly AlertSilence[] => {
  for (const [index, { from = 0, until }] of silences.entries()) {
    if (!Number.isFinite(Number(until)))
      throw new InvalidArgument(`silences[${index}].until`, 'a date, or milliseconds since the epoch', until)
    if (!(Number(from) < Number(until)))
      throw new InvalidArgument(`silences[${index}].from`, 'a time before `until`', from)
  }
  return silences
}

/** Whether an alert falls into one of these silences. */
export const isSilenced = (silences: readonly AlertSilence[], alert: BudgetAlert): boolean =>
  silences.some(
    (silence) =>
      Number(silence.from ?? 0) <= alert.at &&
      alert.at < Number(silence.until) &&
      matchesAlert(silence, alert),
  )
