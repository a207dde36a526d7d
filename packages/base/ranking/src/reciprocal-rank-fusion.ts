import { InvalidArgument } from '@ashlar/core/errors'
import type { Match } from './bm25.ts'
import { topK } from './top-k.ts'

export interface FusionOptions {
  /** How little the first places stand out (Cormack et al., 2009). @default 60 */
  readonly k?: number
  /** One for each ranking. @default 1 each */
  readonly weights?: readonly number[]
  /** @default all */
  readonly limit?: number
}

/**
 * Joins rankings of ids, best first, into one: each id gets the sum of `weight / (k + place)`. Scores of the rankings
 * themselves play no part, so that rankings of different kinds (words, vectors) can be joined. An id counts once in a
 * ranking, at its best place; among equals the one met first comes first.
 * @throws InvalidArgument when `k`, a weight or their number is wrong
 */
export const reciprocalRankFusion = (
  rankings: readonly (readonly string[])[],
  { k = 60, weights, limit }: FusionOptions = {},
): Match[] => {
  if (!(k >= 0 && k < Number.POSITIVE_INFINITY)) throw new InvalidArgument('k', 'a number of 0 or more', k)
  if (weights && weights.length !== rankings.length)
    throw new InvalidArgument('weights', `${rankings.length}, one a ranking`, weights.length)
  for (const weight of weights ?? [])
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new InvalidArgument('weights', 'numbers of 0 or more', weight)
  const scores = new Map<string, number>()
  for (const [i, ranking] of rankings.entries()) {
    const weight = weights?.[i] ?? 1
    for (const [place, id] of [...new Set(ranking)].entries())
      scores.set(id, (scores.get(id) ?? 0) + weight / (k + place + 1))
  }
  const ids = [...scores.keys()]
  return topK([...scores.values()], limit ?? ids.length).map(({ index, score }) => ({
    id: ids[index] ?? '',
    score,
  }))
}
