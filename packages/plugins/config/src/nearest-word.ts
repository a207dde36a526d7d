/** Changes (a letter more, less, other, or two swapped) from one word to the other; big words are not worth it. */
const distance = (a: string, b: string): number => {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swap ? (before[j - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

const longest = 64

const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_]/g, '')

/** The word that was probably meant, if any is near enough. */
export const nearestWord = (word: string, words: Iterable<string>): string | undefined => {
  if (word.length > longest) return undefined
  let nearest: { word: string; changes: number } | undefined
  for (const candidate of words) {
    if (candidate.length > longest) continue
    const changes = distance(plain(word), plain(candidate))
    const limit = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    if (changes <= limit && changes < (nearest?.changes ?? Infinity)) nearest = { word: candidate, changes }
  }
  return nearest?.word
}

/** `; did you mean "x"?`, or `; expected one of a, b`. */
export const suggestionFor = (word: string, words: Iterable<string>): string => {
  const all = [...words]
  const nearest = nearestWord(word, all)
  if (nearest !== undefined) return `; did you mean "${nearest}"?`
  if (all.length === 0) return ''
  return `; expected one of ${all.slice(0, 12).join(', ')}${all.length > 12 ? ', …' : ''}`
}
