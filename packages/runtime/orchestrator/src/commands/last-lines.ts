import { printable } from '@ashlar/command'

/** What a terminal draws two columns wide. */
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u

const lettersOf = (text: string): string[] =>
  Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)

/** How many columns of a terminal a text takes. */
export const widthOf = (text: string): number =>
  lettersOf(text).reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1), 0)

/** One line as lines of at most that many columns, broken between words where there are any. */
const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  let left = width
  const put = (piece: string): void => {
    const columns = widthOf(piece)
    if (columns > left && line !== '') {
      lines.push(line.trimEnd())
      line = ''
      left = width
    }
    if (line === '' && piece.trim() === '') return
    line += piece
    left -= columns
  }
  for (const piece of text.match(/\s+|\S+/g) ?? [])
    if (widthOf(piece) <= width) put(piece)
    else for (const letter of lettersOf(piece)) put(letter)
  return [...lines, line.trimEnd()]
}

/** The end of a text as at most `count` lines of at most `width` columns. */
export const lastLines = (
  text: string,
  { width, count }: { readonly width: number; readonly count: number },
): string[] =>
  printable(text)
    .replaceAll('\t', '  ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .flatMap((line) => wrap(line, width))
    .slice(-count)

/** The end of a text in one line of at most `width` columns, begun between words where there are any. */
export const lineEnd = (text: string, width: number): string => {
  const letters = lettersOf(printable(text).replaceAll(/\s+/g, ' ').trim())
  let left = width - 1
  let at = letters.length
  while (at > 0 && left >= widthOf(letters[at - 1] ?? '')) left -= widthOf(letters[--at] ?? '')
  if (at === 0) return letters.join('')
  const end = letters.slice(at).join('')
  return `…${end.replace(/^\S{0,12} (?=\S)/, '')}`
}
