import { InvalidArgument, isObject, type ModelErrorKind } from '@ashlar/core'

/** The keys of each fault, under the one it is told by. */
const keys = {
  status: ['status', 'kind', 'message', 'headers', 'body'],
  stop: ['stop', 'at'],
  malformedFrame: ['malformedFrame', 'text'],
  errorFrame: ['errorFrame', 'kind', 'message', 'text'],
} as const

const ends = ['hang', 'end', 'close', 'reset']

/** A record, so that a kind that is added to the contract is missed here by the compiler. */
const kinds: Readonly<Record<ModelErrorKind, true>> = {
  auth: true,
  'rate-limit': true,
  overloaded: true,
  network: true,
  timeout: true,
  'context-overflow': true,
  content: true,
  'bad-request': true,
}

/** True for whole numbers from 0. */
export const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0

const checkStatus = ({ status, body }: Readonly<Record<string, unknown>>, where: string): void => {
  if (!isCount(status) || status < 200 || status > 599)
    throw new InvalidArgument(`${where}.status`, 'an HTTP status from 200 to 599', status)
  if (status < 300 && body === undefined)
    throw new InvalidArgument(`${where}.status`, 'a status that is an error, or a body of your own', status)
}

const checkStop = ({ stop, at }: Readonly<Record<string, unknown>>, where: string): void => {
  if (!ends.includes(String(stop)))
    throw new InvalidArgument(`${where}.stop`, `one of ${ends.join(', ')}`, stop)
  const isPosition =
    at === 'request' || at === 'headers' || isCount(at) || (isObject(at) && isCount(at['frames']))
  if (!isPosition)
    throw new InvalidArgument(
      `${where}.at`,
      "'request', 'headers', a number of bytes or { frames: number }",
      at,
    )
}

/** Checks the plan of what goes wrong with an answer. @throws InvalidArgument naming the field that is wrong */
export const checkFault = (fault: unknown, where: string): void => {
  if (!isObject(fault)) throw new InvalidArgument(where, 'a fault object', fault)
  const names = Object.keys(keys)
  const [kind, ...others] = Object.entries(keys).filter(([name]) => name in fault)
  if (!kind || others.length > 0)
    throw new InvalidArgument(where, `exactly one of ${names.join(', ')}`, fault)
  const known: readonly string[] = kind[1]
  for (const key of Object.keys(fault))
    if (!known.includes(key)) throw new InvalidArgument(`${where}.${key}`, `one of ${known.join(', ')}`, key)
  const { kind: named } = fault
  if (named !== undefined && !(typeof named === 'string' && Object.hasOwn(kinds, named)))
    throw new InvalidArgument(`${where}.kind`, `one of ${Object.keys(kinds).join(', ')}`, named)
  if ('status' in fault) checkStatus(fault, where)
  if ('stop' in fault) checkStop(fault, where)
  for (const name of ['malformedFrame', 'errorFrame'])
    if (name in fault && !isCount(fault[name]))
      throw new InvalidArgument(`${where}.${name}`, 'the number of a frame, from 0', fault[name])
}
