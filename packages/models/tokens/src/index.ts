export { encodingOf } from '@ashlar/catalog/encoding-of'
export { countTokens } from './count-tokens.ts'
export type { Encoding, EncodingName } from './encoding.ts'
export { loadEncoding } from './load-encoding.ts'
