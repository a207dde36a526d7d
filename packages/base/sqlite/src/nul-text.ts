import type { Row, SqlValue } from './sql-value.ts'

// Node 22 cuts a text at its first NUL when it reads it. So no NUL is stored: U+FDD0, which is no character and never
// will be one, begins what stands for it, on every version, so that they can share a file.
const escape = '\uFDD0'
const escaped = /[\0\uFDD0]/
const all = /\uFDD0[01]/g

/** The value as it is stored. */
export const toStored = (value: SqlValue): SqlValue =>
  typeof value === 'string' && escaped.test(value)
    ? value.replaceAll(escape, `${escape}1`).replaceAll('\0', `${escape}0`)
    : value

const fromStored = (text: string): string =>
  text.replace(all, (pair) => (pair === `${escape}0` ? '\0' : escape))

/** The row as it was before it was stored. */
export const restoreRow = (row: Row): Row => {
  let restored = row
  for (const [name, value] of Object.entries(row))
    if (typeof value === 'string' && value.includes(escape))
      restored = { ...restored, [name]: fromStored(value) }
  return restored
}
