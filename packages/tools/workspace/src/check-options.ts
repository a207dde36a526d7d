import { InvalidArgument } from '@ashlar/core'

/** @throws InvalidArgument naming the first option that is none of these */
export const checkOptions = (options: object, known: readonly string[]): void => {
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new InvalidArgument(name, `one of the options ${known.join(', ')}`, 'an unknown option')
}
