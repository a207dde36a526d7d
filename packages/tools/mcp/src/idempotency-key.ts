import { InvalidArgument } from '@ashlar/core'

/**
 * Where the key of a call is in its `_meta`, under a prefix of ours: the protocol knows none.
 * Source: modelcontextprotocol.io, basic, `_meta`
 */
const field = 'io.github.ashlar/idempotencyKey'
/** Characters; servers keep keys. */
const maxLength = 1_024

/** What a request says of its key. @throws InvalidArgument for a key that no server could keep */
export const toKeyMeta = (key: string | undefined): { readonly _meta?: Readonly<Record<string, string>> } =>
  key === undefined ? {} : { _meta: { [field]: checkKey(key) } }

/** The key that came with a request. @throws InvalidArgument for one that is none: without it an effect could double */
export const keyOf = (request: {
  readonly _meta?: Readonly<Record<string, unknown>> | undefined
}): string | undefined => {
  const { _meta: meta } = request
  const key = meta?.[field]
  return key === undefined ? undefined : checkKey(key)
}

const checkKey = (key: unknown): string => {
  if (typeof key === 'string' && key.length > 0 && key.length <= maxLength) return key
  const found = typeof key === 'string' ? `${key.length} characters` : typeof key
  throw new InvalidArgument('idempotencyKey', `a text of 1 to ${maxLength} characters`, found)
}
