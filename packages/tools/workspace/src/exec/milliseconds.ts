import { InvalidArgument } from '@ashlar/core'

/** What a timer holds: a longer time would end at once. */
const longest = 2 ** 31 - 1

/** A time that a timer holds, at most 24.8 days. @throws InvalidArgument when it is not above `min` or no number */
export const milliseconds = (
  name: string,
  value: number,
  { min = 1 }: { readonly min?: number } = {},
): number => {
  if (typeof value !== 'number' || Number.isNaN(value) || value < min)
    throw new InvalidArgument(name, `milliseconds, ${min} or more`, value)
  return Math.min(Math.ceil(value), longest)
}
