/** Characters looked at; what comes after has no say in a summary. */
const maxChars = 200_000

const words = new Intl.Segmenter('en', { granularity: 'word' })
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' })

/** The words of a text as they are written, numbers included. */
export const wordsOf = (text: string): string[] => {
  const found: string[] = []
  for (const { segment, isWordLike } of words.segment(text)) if (isWordLike) found.push(segment)
  return found
}

/** Front matter and code blocks: what is no prose as a whole. */
const blocks = [/^---\n[\s\S]*?\n---\n/, /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[^\n]*$/gm]

/** Without HTML comments; by hand, as a pattern takes quadratic time over comments that never end. */
const withoutComments = (text: string): string => {
  const [first = '', ...rest] = text.split('<!--')
  const afterEnd = (piece: string): string => {
    const end = piece.indexOf('-->')
    return end < 0 ? piece : piece.slice(end + 3)
  }
  return first + rest.map(afterEnd).join('')
}

/** Headings, tables, rules, badges, columns, lines of code: no sentences. */
const notProse = /^\s*(?:#{1,6}\s|\||[-*_=]{3,}\s*$|!?\[!?\[|<\/?[a-z][^>]*>\s*$)|\S {3,}\S|[{};]\s*$/i

const unmark = (line: string): string =>
  line
    .replace(/^\s*(?:>\s*)*(?:[-*+]\s+|\d+[.)]\s+)?(?:\[[ x]\]\s+)?/i, '')
    .replaceAll(/!?\[([^\]]{0,300})\]\([^)]{0,500}\)/g, '$1')
    .replaceAll(/\*{1,3}([^\s*](?:[^*]{0,300}[^\s*])?)\*{1,3}/g, '$1')
    .replaceAll(/(?<![\p{L}\d])_{1,3}([^\s_](?:.{0,300}?[^\s_])?)_{1,3}(?![\p{L}\d])/gu, '$1')
    .replaceAll('`', '')
    .trim()

const isItem = (line: string): boolean => /^\s*(?:[-*+]|\d+[.)])\s/.test(line)

/** The running text of a document: paragraphs and list items, without Markdown marks and code. */
export const paragraphsOf = (text: string): string[] => {
  let prose = withoutComments(text.slice(0, maxChars).replaceAll('\r\n', '\n'))
  for (const block of blocks) prose = prose.replace(block, '')
  const paragraphs: string[] = []
  let open = false
  for (const line of prose.split('\n')) {
    const plain = notProse.test(line) ? '' : unmark(line)
    if (plain !== '' && open && !isItem(line)) paragraphs.push(`${paragraphs.pop() ?? ''} ${plain}`)
    else if (plain !== '') paragraphs.push(plain)
    open = plain !== ''
  }
  return paragraphs
}

/** The sentences of a document, in its order. */
export const sentencesOf = (text: string): string[] =>
  paragraphsOf(text).flatMap((paragraph) =>
    [...sentences.segment(paragraph)]
      .map(({ segment }) => segment.trim())
      .filter((sentence) => sentence !== ''),
  )

/** The first heading, else the first line that says something; undefined for an empty text. */
export const titleOf = (text: string): string | undefined => {
  const body = text.slice(0, maxChars).replace(/^---\n[\s\S]*?\n---\n/, '')
  const heading = /^#{1,6}\s+(.+?)\s*#*$/m.exec(body)?.[1] ?? /^(.+)\n[=]{3,}$/m.exec(body)?.[1]
  const line = heading ?? body.split('\n').find((candidate) => /\p{L}/u.test(candidate))
  const title = line === undefined ? '' : unmark(line)
  if (title === '') return undefined
  return title.length > 80 ? `${title.slice(0, 79).trimEnd()}…` : title
}
