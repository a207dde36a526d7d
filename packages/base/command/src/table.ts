import { oneLine } from './printable.ts'

export interface TableOptions {
  /** Columns, counted from 0, whose cells are numbers: they are set to the right. @default none */
  readonly right?: readonly number[]
  /** Longest cell in characters; more is cut with an ellipsis. @default 80 */
  readonly cellWidth?: number
}

/** Rows as lines of columns, two spaces apart, each ended by a newline. What a terminal would obey is taken out. */
export const table = (rows: readonly (readonly string[])[], options: TableOptions = {}): string => {
  const { right = [], cellWidth = 80 } = options
  const cells = rows.map((row) => row.map((cell) => oneLine(cell, cellWidth)))
  const widths: number[] = []
  for (const row of cells)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0
        return right.includes(i) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return cells.map((row) => `${line(row)}\n`).join('')
}
