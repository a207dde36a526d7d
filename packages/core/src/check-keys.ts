import { InvalidArgument } from './errors.ts'

/** @throws InvalidArgument naming the first key that is not one of `known`; `path` goes before it */
export const checkKeys = (given: object, known: readonly string[], path: string = ''): void => {
  const odd = Object.keys(given).find((key) => !known.includes(key))
  if (odd !== undefined)
    throw new InvalidArgument(path + odd, `one of ${known.join(', ')}`, 'an unknown option')
}
