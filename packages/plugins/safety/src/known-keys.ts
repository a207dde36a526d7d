import { InvalidArgument, isObject } from '@ashlar/core'

export interface KnownKeysOptions {
  readonly known: readonly string[]
  /** Whose options they are. */
  readonly of: string
}

/**
 * A name that is spelled wrongly would take a protection away without a word.
 * @throws InvalidArgument naming the first key that is not known, or what is no object
 */
export const checkKnownKeys = (given: unknown, { known, of }: KnownKeysOptions): void => {
  if (!isObject(given)) throw new InvalidArgument('options', `the options of ${of}`, given)
  const odd = Object.keys(given).find((key) => !known.includes(key))
  if (odd !== undefined)
    throw new InvalidArgument(odd, `one of the options of ${of}: ${known.join(', ')}`, 'an unknown option')
}
