import { DatabaseError } from './database-error.ts'
import type { Row, SqlValue } from './sql-value.ts'

interface ColumnTypes {
  integer: number
  real: number
  text: string
  blob: Uint8Array
}

/** The type of a column; with `?` it may be null. */
export type ColumnType = keyof ColumnTypes | `${keyof ColumnTypes}?`

/** What a column of that type is read as. */
export type ColumnValue<Type extends ColumnType> = Type extends `${infer Name extends keyof ColumnTypes}?`
  ? ColumnTypes[Name] | null
  : Type extends keyof ColumnTypes
    ? ColumnTypes[Type]
    : never

const isOf = (value: SqlValue | undefined, type: ColumnType): boolean => {
  if (value === null) return type.endsWith('?')
  if (type.startsWith('text')) return typeof value === 'string'
  if (type.startsWith('blob')) return value instanceof Uint8Array
  return typeof value === 'number' && (type.startsWith('real') || Number.isInteger(value))
}

const nameOf = (value: SqlValue | undefined): string => {
  if (value === undefined) return 'no such column'
  if (value === null) return 'null'
  return value instanceof Uint8Array ? 'a blob' : `${typeof value} ${String(value).slice(0, 50)}`
}

/**
 * Checks rows and gives them their type: `columns({ name: 'text', size: 'integer?' })` reads
 * `{ name: string, size: number | null }`.
 * @throws DatabaseError naming the column that is something else
 */
export const columns = <Shape extends Readonly<Record<string, ColumnType>>>(
  shape: Shape,
): ((row: Row) => { readonly [Name in keyof Shape]: ColumnValue<Shape[Name]> }) => {
  type Typed = { readonly [Name in keyof Shape]: ColumnValue<Shape[Name]> }
  const wanted = Object.entries(shape)
  const fits = (row: Row): row is Row & Typed => wanted.every(([name, type]) => isOf(row[name], type))
  return (row) => {
    if (fits(row)) return row
    const problems = wanted
      .filter(([name, type]) => !isOf(row[name], type))
      .map(([name, type]) => `column ${name}: expected ${type}, received ${nameOf(row[name])}`)
    throw new DatabaseError({ code: 'statement-failed', file: '', message: problems.join('; ') })
  }
}
