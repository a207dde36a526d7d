import { type Field, HOLE, type Scalar, type Unknown, worseUnknown } from './field.ts'
import { escapeGlob, hasGlob } from './glob-pattern.ts'
import type { Stream } from './outcome.ts'

/** A stretch of a word between two expansions. */
export interface Piece extends Scalar {
  /** How the shell goes on with it: as it is, as a glob, or split at IFS and then as a glob. */
  readonly as: 'quoted' | 'glob' | 'split'
  /** A new argument begins after it (the items of `"$@"`); where there can be but one, this stands between. */
  readonly ends?: string
  readonly stream?: Stream
  /** The glob, where it is not the text. */
  readonly pattern?: string
}

export const quoted = (text: string, unknown?: Unknown): Piece => ({
  as: 'quoted',
  text,
  ...(unknown && { unknown }),
})

interface Draft {
  text: string
  pattern: string
  unknown?: Unknown
  stream?: Stream
}

const finish = ({ text, pattern, unknown, stream }: Draft): Field => ({
  text,
  ...(hasGlob(pattern) && { pattern }),
  ...(unknown && { unknown }),
  ...(stream && { stream }),
})

/** The arguments a word's pieces make: split where the shell splits. */
export const toFields = (pieces: readonly Piece[], separators: string): readonly Field[] => {
  const fields: Field[] = []
  let draft: Draft | undefined
  const flush = (): void => {
    if (draft) fields.push(finish(draft))
    draft = undefined
  }
  const add = (text: string, pattern: string, piece: Piece): void => {
    draft ??= { text: '', pattern: '' }
    draft.text += text
    draft.pattern += pattern
    const unknown = text.includes(HOLE) ? worseUnknown(draft.unknown, piece.unknown) : draft.unknown
    if (unknown) draft.unknown = unknown
    if (piece.stream) draft.stream = piece.stream
  }
  for (const piece of pieces) {
    if (piece.as === 'quoted') add(piece.text, escapeGlob(piece.text), piece)
    else if (piece.as === 'glob') add(piece.text, piece.pattern ?? piece.text, piece)
    else
      for (const character of piece.text)
        if (separators.includes(character)) flush()
        else add(character, character === '\\' ? '\\\\' : character, piece)
    if (piece.ends !== undefined) flush()
  }
  flush()
  return fields
}

/** The pieces as one argument, where the shell neither splits nor looks for files. */
export const toScalar = (pieces: readonly Piece[]): Field => {
  const unknown = pieces.reduce<Unknown | undefined>(
    (found, piece) => worseUnknown(found, piece.unknown),
    undefined,
  )
  const stream = pieces.find((piece) => piece.stream)?.stream
  return {
    text: pieces.map((piece) => (piece.ends === undefined ? piece.text : piece.text + piece.ends)).join(''),
    ...(unknown && { unknown }),
    ...(stream && { stream }),
  }
}

const mostAlternatives = 16

/** Every way to choose one of each; `undefined` when these are too many. */
export const combine = <T>(
  choices: readonly (readonly (readonly T[])[])[],
): readonly (readonly T[])[] | undefined => {
  let found: T[][] = [[]]
  for (const options of choices) {
    const [only] = options
    if (options.length === 1 && only) for (const before of found) before.push(...only)
    else if (found.length * options.length > mostAlternatives) return undefined
    else found = found.flatMap((before) => options.map((option) => [...before, ...option]))
  }
  return found
}
