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
 */
export const generateMarkdown = (blocks: readonly MarkdownBlock[]): string => {
  const parts = blocks.map(blockToMarkdown).filter((part) => part !== '')
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`
}
