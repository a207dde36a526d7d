import { encodingOf } from '@ashlar/catalog/encoding-of'
import { InvalidArgument } from '@ashlar/core/errors'
import type { EncodingName } from './encoding.ts'
import { isEncodingName, loadEncoding } from './load-encoding.ts'

/**
 * Counts the tokens of a text, exactly, in an encoding or in the encoding of a model.
 * @throws InvalidArgument when the model's encoding is not known
 */
export const countTokens = async (
  text: string,
  encodingOrModel: EncodingName | (string & {}),
): Promise<number> => {
  const name = isEncodingName(encodingOrModel) ? encodingOrModel : encodingOf(encodingOrModel)
  if (name) return (await loadEncoding(name)).count(text)
  throw new InvalidArgument(
    'encodingOrModel',
    'an encoding or a model whose encoding is public (countRequest estimates the others)',
    encodingOrModel,
  )
}
