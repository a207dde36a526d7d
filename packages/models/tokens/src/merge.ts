import type { Piece } from './piece.ts'
import { createRankQueue, noRank } from './rank-queue.ts'

/** Merges a piece of `length` bytes; returns the number of its tokens, and appends them to `tokens` if given. */
export type Merge = (length: number, tokens?: number[]) => number

/**
 * Byte-pair merging in linear time. Pairs of neighbours wait in a queue under the rank of the token they make.
 * Pairs of one rank overlap only in runs of one token, and their order is of no other consequence, because every
 * token of the tables is what the merges of lower rank make of its own bytes, joined once more (tested for all of
 * them); so a run is merged from its left end.
 */
export const createMerge = (piece: Piece, ranks: number): Merge => {
  const { find } = piece
  let queue = createRankQueue(0, 0)
  /** Rank of the pair that starts at this position, where a token starts. */
  let pairs = new Int32Array(0)
  /** Length of the token that starts or ends at this position. */
  let lengths = new Uint8Array(0)
  /** The token that starts at this position, where one of more than a byte does. */
  let ids = new Int32Array(0)

  const reserve = (positions: number): void => {
    // Each byte starts one pair, and each of fewer joins than bytes makes two.
    queue = createRankQueue(ranks, positions * 3)
    pairs = new Int32Array(positions)
    lengths = new Uint8Array(positions)
    ids = new Int32Array(positions)
  }
  const setPair = (at: number, rank: number): void => {
    pairs[at] = rank
    if (rank !== noRank) queue.add(rank, at)
  }
  const before = (at: number): number => (at === 0 ? -1 : at - (lengths[at - 1] ?? 0))
  /** Joins the pairs of a rank from `start` on that follow each other, then looks at the pairs that makes. */
  const joinRun = (start: number, rank: number, length: number): void => {
    let stop = start
    while (stop < length && pairs[stop] === rank) {
      const middle = stop + (lengths[stop] ?? 0)
      const end = middle + (lengths[middle] ?? 0)
      lengths[stop] = lengths[end - 1] = end - stop
      pairs[middle] = noRank
      ids[stop] = rank
      stop = end
    }
    for (let at = Math.max(before(start), 0); at < stop;) {
      const next = at + (lengths[at] ?? 0)
      setPair(at, next < length ? find(at, next + (lengths[next] ?? 0)) : noRank)
      at = next
    }
  }
  const runStart = (at: number, rank: number): number => {
    for (let to = before(at); to >= 0 && pairs[to] === rank; to = before(at)) at = to
    return at
  }
  return (length, tokens) => {
    if (length > pairs.length) reserve(Math.max(length, 1024))
    lengths.fill(1, 0, length)
    pairs[length - 1] = noRank
    for (let at = length - 2; at >= 0; at--) setPair(at, find(at, at + 2))
    for (let rank = queue.lowest(); rank !== noRank; rank = queue.lowest())
      for (let taken = queue.take(rank); taken >= 0; taken = queue.take(rank))
        if (pairs[taken] === rank) joinRun(runStart(taken, rank), rank, length)
    let count = 0
    for (let at = 0; at < length; count++) {
      const size = lengths[at] ?? 0
      tokens?.push(size === 1 ? find(at, at + 1) : (ids[at] ?? 0))
      at += size
    }
    return count
  }
}
