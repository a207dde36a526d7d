/** Letters to change, add, leave out or swap with their neighbour until one word is the other. */
const distance = (from: string, to: string): number => {
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (above[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    before = above
    above = current
  }
  return above[to.length] ?? 0
}

/** The one of `words` that was probably meant: one slip for every three letters, at least one. */
export const nearestWord = (word: string, words: readonly string[]): string | undefined => {
  const [nearest] = words
    .map((candidate) => ({ candidate, slips: distance(word.toLowerCase(), candidate) }))
    .toSorted((a, b) => a.slips - b.slips)
  const allowed = Math.max(1, Math.floor(word.length / 3))
  return nearest && nearest.slips <= allowed ? nearest.candidate : undefined
}
