import { InvalidArgument } from './errors.ts'
import { isObject } from './json.ts'

/**
 * Checks options for keys nobody knows: a typo would switch something off without a word.
 * @throws InvalidArgument naming what is no object, or its first key that is not one of `known`
 */
export const checkKeys = (given: unknown, known: readonly string[], name: string = ''): void => {
  if (!isObject(given)) throw new InvalidArgument(name || 'options', 'an object', given)
  const odd = Object.keys(given).find((key) => !known.includes(key))
  if (odd !== undefined)
    throw new InvalidArgument(
      name ? `${name}.${odd}` : odd,
      `one of ${known.join(', ')}`,
      'an unknown option',
    )
}
