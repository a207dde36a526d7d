import { InvalidArgument } from '@ashlar/core/errors'
import { type Scored, topK } from './top-k.ts'

/** A vector as providers give it or as it is kept. */
export type Vector = readonly number[] | Float32Array | Float64Array

const lengthOf = (vector: Vector): number => {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += (vector[i] ?? 0) ** 2
  return Math.sqrt(sum)
}

const dot = (a: Vector, b: Vector): number => {
  if (a.length !== b.length)
    throw new InvalidArgument('vector', `${a.length} dimensions, as the other has`, `${b.length} dimensions`)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

const ratio = (product: number, lengths: number): number =>
  lengths === 0 ? 0 : Math.max(-1, Math.min(1, product / lengths))

/**
 * How alike two vectors are in direction: 1 the same, 0 nothing in common, -1 opposite. 0 when either has no length.
 * @throws InvalidArgument when their dimensions differ
 */
export const cosine = (a: Vector, b: Vector): number => ratio(dot(a, b), lengthOf(a) * lengthOf(b))

export interface NearestOptions {
  /** @default 10 */
  readonly limit?: number
}

/**
 * The vectors most alike to `query` by `cosine`, best first.
 * @throws InvalidArgument when a vector has other dimensions than the query
 */
export const nearest = (
  { query, vectors }: { readonly query: Vector; readonly vectors: readonly Vector[] },
  { limit = 10 }: NearestOptions = {},
): Scored[] => {
  const length = lengthOf(query)
  const scores = Float64Array.from(vectors, (vector) => ratio(dot(query, vector), length * lengthOf(vector)))
  return topK(scores, limit)
}
