export { encodingOf } from '@ashlar/catalog/encoding-of'
export {
  countRequest,
  type CountRequestOptions,
  createRequestCounter,
  type RequestCount,
  type RequestCounter,
} from './count-request.ts'
export { countTokens } from './count-tokens.ts'
export type { Encoding, EncodingName } from './encoding.ts'
export { imageSizeOf, type ImageSize } from './image-size.ts'
export { type ImageDetail, imageTokens, type ImageTokensOptions } from './image-tokens.ts'
export { loadEncoding } from './load-encoding.ts'
