/** Header names in lower case. */
export type HeaderRecord = Readonly<Record<string, string>>

/** A finite number, where the header is one. */
export const toNumber = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** A date as milliseconds since the epoch. */
export const toTime = (text: string): number | undefined => {
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
