import { InvalidArgument, isObject, type JsonValue } from '@ashlar/core'

/**
 * One event, on every topic and every backend. The first five fields and `subject`, `dataschema` and `data` are those
 * of CloudEvents 1.0; the others say what it belongs to. Plain JSON.
 */
export interface Envelope<Data = JsonValue> {
  readonly specversion: '1.0'
  /** Unique for its source: the same id is the same event, however often it comes. */
  readonly id: string
  /** Who published it. */
  readonly source: string
  /** What happened, as `noun.verb`. */
  readonly type: string
  /** When, as an ISO 8601 time in UTC. */
  readonly time: string
  /** What it happened to; a backend with partitions keeps the events of one subject together. */
  readonly subject?: string
  /** Where the schema of `data` is. */
  readonly dataschema?: string
  /** Everything that began with one cause has the same. */
  readonly correlationId: string
  /** The id of the event that this one answers or follows from. */
  readonly causationId?: string
  /** The topic to answer on. */
  readonly replyTo?: string
  /** An ISO 8601 time after which nobody wants it any more. */
  readonly expiresAt?: string
  readonly data: Data
}

/** What a publisher says; the rest is filled in. */
export interface EnvelopeDraft extends Partial<
  Pick<
    Envelope,
    'id' | 'source' | 'subject' | 'dataschema' | 'correlationId' | 'causationId' | 'replyTo' | 'expiresAt'
  >
> {
  readonly type: string
  /** @default null */
  readonly data?: JsonValue
}

export interface EnvelopeDefaults {
  readonly source: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly createId: () => string
}

const optional = ['subject', 'dataschema', 'correlationId', 'causationId', 'replyTo', 'expiresAt'] as const

const requireText = (name: string, value: unknown): void => {
  if (typeof value !== 'string' || value === '')
    throw new InvalidArgument(name, 'a text that is not empty', value)
}

const requireTime = (name: string, value: string | undefined): void => {
  if (value !== undefined && Number.isNaN(Date.parse(value)))
    throw new InvalidArgument(name, 'an ISO 8601 time', value)
}

/** `JSON.stringify` leaves out or changes what is no JSON; an event must arrive as it was sent. */
const requireJson = (value: unknown, path: string): void => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (Array.isArray(value)) return value.forEach((one, i) => requireJson(one, `${path}[${i}]`))
  const isPlain = isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value))
  if (!isPlain) throw new InvalidArgument(path, 'plain JSON', Object.prototype.toString.call(value))
  for (const [key, one] of Object.entries(value)) if (one !== undefined) requireJson(one, `${path}.${key}`)
}

/** An envelope of a draft. @throws InvalidArgument when a field is wrong or the data is no JSON */
export const toEnvelope = (draft: EnvelopeDraft, defaults: EnvelopeDefaults): Envelope => {
  const { id = defaults.createId(), source = defaults.source, type, data = null } = draft
  requireText('type', type)
  requireText('id', id)
  requireText('source', source)
  for (const name of optional) if (draft[name] !== undefined) requireText(name, draft[name])
  requireTime('expiresAt', draft.expiresAt)
  requireJson(data, 'data')
  const { correlationId = id, ...given } = Object.fromEntries(
    optional.flatMap((name) => (draft[name] === undefined ? [] : [[name, draft[name]]])),
  )
  const time = new Date(defaults.now()).toISOString()
  return { specversion: '1.0', id, source, type, time, ...given, correlationId, data }
}

/** True for what has the fields of an envelope, whoever made it. */
export const isEnvelope = (value: unknown): value is Envelope =>
  isObject(value) &&
  value['specversion'] === '1.0' &&
  ['id', 'source', 'type', 'time', 'correlationId'].every((name) => typeof value[name] === 'string') &&
  'data' in value
