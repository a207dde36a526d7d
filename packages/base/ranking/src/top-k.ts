import { InvalidArgument } from '@ashlar/core/errors'

/** Where in a list something stands, and how well it scored. */
export interface Scored {
  readonly index: number
  readonly score: number
}

/** @throws InvalidArgument unless `limit` is a whole number of 0 or more */
export const checkLimit = (limit: number): void => {
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw new InvalidArgument('limit', 'a whole number of 0 or more', limit)
}

/**
 * The `limit` highest scores, best first, the earlier of equals first. A score that is not a number never ranks.
 * Keeps a heap of `limit` entries: n log k, whatever the length of the list.
 * @throws InvalidArgument when `limit` is negative or not whole
 */
export const topK = (scores: ArrayLike<number>, limit: number): Scored[] => {
  checkLimit(limit)
  if (limit === 0) return []
  /** Indexes, the worst kept on top. */
  const heap: number[] = []
  const scoreOf = (index: number): number => scores[index] ?? Number.NaN
  const isWorse = (a: number, b: number): boolean =>
    scoreOf(a) < scoreOf(b) || (scoreOf(a) === scoreOf(b) && a > b)
  const sink = (index: number): void => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isWorse(heap[child + 1] ?? 0, heap[child] ?? 0)) child++
      if (!isWorse(heap[child] ?? 0, index)) break
      heap[at] = heap[child] ?? 0
      at = child
    }
    heap[at] = index
  }
  const rise = (index: number): void => {
    let at = heap.push(index) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isWorse(index, heap[parent] ?? 0)) break
      heap[at] = heap[parent] ?? 0
      at = parent
    }
    heap[at] = index
  }
  for (let index = 0; index < scores.length; index++) {
    if (Number.isNaN(scoreOf(index))) continue
    if (heap.length < limit) rise(index)
    else if (isWorse(heap[0] ?? 0, index)) sink(index)
  }
  return heap.toSorted((a, b) => (isWorse(a, b) ? 1 : -1)).map((index) => ({ index, score: scoreOf(index) }))
}
