import { InvalidArgument, isObject } from '@ashlar/core'

/** A part of a page. Text inside is Markdown itself, so links and emphasis work. */
export type MarkdownBlock =
  | { readonly heading: string; /** 1 to 6. @default 2 */ readonly level?: number | undefined }
  | { readonly paragraph: string }
  | { readonly list: readonly string[]; readonly ordered?: boolean | undefined }
  | { readonly table: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] } }
  | { readonly code: string; readonly language?: string | undefined }
  | { readonly quote: string }

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** A bar that is not escaped yet would end the cell. */
const cell = (text: string): string =>
  oneLine(text).replaceAll(/\\.|\|/g, (found) => (found === '|' ? '\\|' : found))

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

/** Longer than any run of backticks inside. */
const fenceFor = (code: string): string => {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map((run) => run.length))
  return '`'.repeat(longest + 1)
}

const isStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isTable = (value: unknown): boolean =>
  isObject(value) &&
  isStrings(value['columns']) &&
  Array.isArray(value['rows']) &&
  value['rows'].every(isStrings)

const isText = (value: unknown): boolean => typeof value === 'string'

const contents = {
  heading: isText,
  paragraph: isText,
  quote: isText,
  code: isText,
  list: isStrings,
  table: isTable,
}

/** Callers without types get an error that says what a block is. */
const checkBlock = (block: unknown, index: number): void => {
  const names = Object.entries(contents)
  if (isObject(block) && names.some(([name, fits]) => name in block && fits(block[name]))) return
  const found = isObject(block) ? `one of ${Object.keys(block).join(', ') || 'nothing'}` : block
  throw new InvalidArgument(
    `blocks[${index}]`,
    'a heading, paragraph, quote or code (text), a list (texts), or a table ({ columns, rows } of texts)',
    found,
  )
}

const blockToMarkdown = (block: MarkdownBlock): string => {
  if ('heading' in block)
    return `${'#'.repeat(Math.min(6, Math.max(1, Math.trunc(block.level ?? 2))))} ${oneLine(block.heading)}`
  if ('paragraph' in block) return block.paragraph.trim()
  if ('quote' in block) return block.quote.trim().replaceAll(/^/gm, '> ')
  if ('code' in block) {
    const fence = fenceFor(block.code)
    return `${fence}${(block.language ?? '').replaceAll(/[\s`]/g, '')}\n${block.code.replace(/\n$/, '')}\n${fence}`
  }
  if ('list' in block)
    return block.list
      .map((item, index) => {
        const mark = block.ordered ? `${index + 1}. ` : '- '
        return mark + item.trim().replaceAll('\n', `\n${' '.repeat(mark.length)}`)
      })
      .join('\n')
  const { columns, rows } = block.table
  const full = rows.map((cells) => columns.map((_, index) => cells[index] ?? ''))
  return [row(columns), row(columns.map(() => '---')), ...full.map(row)].join('\n')
}

/**
 * Writes blocks as a Markdown page whose structure holds whatever the text: cells stay in their row, code in its fence:
 * `generateMarkdown([{ heading: 'Report', level: 1 }, { list: ['one', 'two'] }])`.
 * @throws InvalidArgument naming the block that is none
 */
export const generateMarkdown = (blocks: readonly MarkdownBlock[]): string => {
  if (!Array.isArray(blocks)) throw new InvalidArgument('blocks', 'a list of blocks', blocks)
  blocks.forEach(checkBlock)
  const parts = blocks.map(blockToMarkdown).filter((part) => part !== '')
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`
}
