import { InvalidArgument } from '@ashlar/core/errors'
import type { Encoding, EncodingName } from './encoding.ts'

// The module cache is the memo: a table is built once, by whoever asks first.
const loaders: Readonly<Record<EncodingName, () => Promise<Encoding>>> = {
  o200k_base: async () => (await import('./encodings/o200k-base.ts')).o200kBase,
  cl100k_base: async () => (await import('./encodings/cl100k-base.ts')).cl100kBase,
  p50k_base: async () => (await import('./encodings/p50k-base.ts')).p50kBase,
  r50k_base: async () => (await import('./encodings/r50k-base.ts')).r50kBase,
}

/** True for the name of an encoding. */
export const isEncodingName = (name: string): name is EncodingName => Object.hasOwn(loaders, name)

/**
 * Loads an encoding, its table included, on first use.
 * @throws InvalidArgument when there is no encoding of that name
 */
export const loadEncoding = async (name: EncodingName): Promise<Encoding> => {
  if (isEncodingName(name)) return loaders[name]()
  throw new InvalidArgument('encoding', `one of ${Object.keys(loaders).join(', ')}`, name)
}
