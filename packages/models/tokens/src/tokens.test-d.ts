import type { ModelRequest } from '@ashlar/core'
import {
  countRequest,
  countTokens,
  type Encoding,
  encodingOf,
  type ImageSize,
  imageSizeOf,
  imageTokens,
  loadEncoding,
  type RequestCount,
} from './index.ts'

declare const request: ModelRequest
declare const bytes: Uint8Array

void (countRequest(request, { modelId: 'gpt-5' }) satisfies Promise<RequestCount>)
void (countRequest(request, { modelId: 'a/b/c', provider: 'openrouter' }) satisfies Promise<RequestCount>)
// @ts-expect-error what is counted depends on the model
void countRequest(request)
// @ts-expect-error a request has messages
void countRequest({}, { modelId: 'gpt-5' })
// @ts-expect-error whether it is exact is always said
;({ tokens: 3 }) satisfies RequestCount

void (loadEncoding('o200k_base') satisfies Promise<Encoding>)
// @ts-expect-error no encoding of this name
void loadEncoding('o300k_base')
const encoding = await loadEncoding('cl100k_base')
encoding.encode('a') satisfies number[]
encoding.decode(encoding.encode('a')) satisfies string
encoding.count('a') satisfies number
// @ts-expect-error an encoding reads text
encoding.count(bytes)

void (countTokens('a', 'r50k_base') satisfies Promise<number>)
void (countTokens('a', 'gpt-5') satisfies Promise<number>)
// @ts-expect-error a text has no tokens of its own
void countTokens('a')
encodingOf('gpt-5') satisfies string | undefined
// @ts-expect-error not every model has a public encoding
encodingOf('claude-opus-5') satisfies string
imageSizeOf('aGVsbG8=') satisfies ImageSize | undefined
// @ts-expect-error not every format is read
imageSizeOf('aGVsbG8=') satisfies ImageSize
// @ts-expect-error an image comes in base64, as a part has it
imageSizeOf(bytes)
imageTokens({ width: 1, height: 1 }, { modelId: 'gpt-5', detail: 'low' }) satisfies number
// @ts-expect-error no detail of this name
imageTokens(undefined, { modelId: 'gpt-5', detail: 'fine' })
