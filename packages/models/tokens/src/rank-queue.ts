/** Stands for "no rank"; above every rank. */
export const noRank = 0x3fffffff

/** Positions by rank; the lowest rank is found in a handful of steps, whatever the number waiting. */
export interface RankQueue {
  /** Adds a position under a rank. Nothing is ever removed but by `take`: who takes checks that it still holds. */
  add(rank: number, position: number): void
  /** The lowest rank with a position, or `noRank` (and then the queue is as new). */
  lowest(): number
  /** Takes the position added last under a rank that has one. */
  take(rank: number): number
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits)

/**
 * A queue over `ranks` ranks for up to `capacity` additions: linked lists, their heads found by a tree of bit
 * sets. Additions are written one after the other, which is what makes it fast: no miss of the cache a link.
 */
export const createRankQueue = (ranks: number, capacity: number): RankQueue => {
  const heads = new Int32Array(ranks)
  /** Two numbers an entry: its position, and the next entry of its list. Entry 0 ends a list. */
  const entries = new Int32Array((capacity + 1) * 2)
  let last = 0
  const leaves = new Int32Array((ranks >> 5) + 1)
  const branches = new Int32Array((ranks >> 10) + 1)
  const roots = new Int32Array((ranks >> 15) + 1)
  return {
    add: (rank, position) => {
      const next = heads[rank] ?? 0
      entries[++last * 2] = position
      entries[last * 2 + 1] = next
      heads[rank] = last
      if (next !== 0) return
      leaves[rank >> 5] = (leaves[rank >> 5] ?? 0) | (1 << (rank & 31))
      branches[rank >> 10] = (branches[rank >> 10] ?? 0) | (1 << ((rank >> 5) & 31))
      roots[rank >> 15] = (roots[rank >> 15] ?? 0) | (1 << ((rank >> 10) & 31))
    },
    lowest: () => {
      for (let root = 0; root < roots.length; root++) {
        const bits = roots[root] ?? 0
        if (bits === 0) continue
        const branch = (root << 5) | lowestBit(bits)
        const leaf = (branch << 5) | lowestBit(branches[branch] ?? 0)
        return (leaf << 5) | lowestBit(leaves[leaf] ?? 0)
      }
      last = 0
      return noRank
    },
    take: (rank) => {
      const entry = heads[rank] ?? 0
      if (entry !== 0) {
        heads[rank] = entries[entry * 2 + 1] ?? 0
        return entries[entry * 2] ?? 0
      }
      if ((leaves[rank >> 5] = (leaves[rank >> 5] ?? 0) & ~(1 << (rank & 31))) !== 0) return -1
      if ((branches[rank >> 10] = (branches[rank >> 10] ?? 0) & ~(1 << ((rank >> 5) & 31))) !== 0) return -1
      roots[rank >> 15] = (roots[rank >> 15] ?? 0) & ~(1 << ((rank >> 10) & 31))
      return -1
    },
  }
}
