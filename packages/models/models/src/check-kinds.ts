import { InvalidArgument, type ModelError, type ModelErrorKind } from '@ashlar/core'

/** Which failures are meant: a list of kinds, or a function that decides. */
export type Causes = readonly ModelErrorKind[] | ((error: ModelError) => boolean)

const kinds: readonly ModelErrorKind[] = [
  'auth',
  'rate-limit',
  'overloaded',
  'context-overflow',
  'content',
  'network',
  'timeout',
  'bad-request',
]

/** @throws InvalidArgument naming `on` when it is neither a function nor a list of kinds */
export const isAmong = (
  on: Causes | undefined,
  byDefault: readonly ModelErrorKind[],
): ((error: ModelError) => boolean) => {
  if (typeof on === 'function') return on
  const list = on ?? byDefault
  if (!Array.isArray(list) || list.length === 0)
    throw new InvalidArgument('on', `a list of one or more of ${kinds.join(', ')}, or a function`, on)
  for (const kind of list)
    if (!kinds.includes(kind)) throw new InvalidArgument('on', `one of ${kinds.join(', ')}`, kind)
  const chosen = new Set(list)
  return ({ kind }) => chosen.has(kind)
}
