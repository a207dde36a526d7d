import type { Origin, Stream } from './outcome.ts'

/** What is known of the part of a word that only the running shell knows. */
export type Unknown = 'name' | 'path' | 'data' | 'env' | 'remote' | 'secret'

/** Stands in a text for a part that is not known: a shell word can never hold it. */
export const HOLE = '\0'

/** A text of which parts may be unknown; each unknown part is one `HOLE`. */
export interface Scalar {
  readonly text: string
  readonly unknown?: Unknown
}

/** One argument after every expansion of the shell but that of file names. */
export interface Field extends Scalar {
  /** The glob this argument is, with `\` before what is literal; absent when it has no active glob character. */
  readonly pattern?: string
  /** What is read from it, when it is a process substitution. */
  readonly stream?: Stream
}

const kinds: readonly Unknown[] = ['name', 'path', 'data', 'env', 'remote', 'secret']

export const worseUnknown = (first?: Unknown, second?: Unknown): Unknown | undefined => {
  if (!first || !second) return first ?? second
  return kinds.indexOf(second) > kinds.indexOf(first) ? second : first
}

export const scalar = (text: string, unknown?: Unknown): Scalar => (unknown ? { text, unknown } : { text })

export const hole = (unknown: Unknown): Scalar => ({ text: HOLE, unknown })

export const literal = (text: string): Field => ({ text })

export const joinScalars = (items: readonly Scalar[], separator: string): Scalar =>
  scalar(
    items.map((item) => item.text).join(separator),
    items.reduce<Unknown | undefined>((worst, item) => worseUnknown(worst, item.unknown), undefined),
  )

const unknownOf: Readonly<Record<Origin, Unknown>> = {
  none: 'name',
  words: 'name',
  paths: 'path',
  data: 'data',
  remote: 'remote',
  secret: 'secret',
}

/** The value of `$(…)`: the output without its last newlines. */
export const toScalar = (stream: Stream): Scalar =>
  stream.text === undefined ? hole(unknownOf[stream.origin]) : scalar(withoutLastNewlines(stream.text))

const withoutLastNewlines = (text: string): string => {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}

/** Known to the last character, and one file name at most. */
export const isPlain = (field: Field): boolean =>
  field.unknown === undefined && field.pattern === undefined && field.stream === undefined

/** The arguments as a line, for messages. */
export const shown = (fields: readonly Field[]): string => {
  const line = fields.map((field) => field.text.replaceAll(HOLE, '…')).join(' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
