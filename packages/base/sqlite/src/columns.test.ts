import { describe, expect, expectTypeOf, it } from 'vitest'
import { columns } from './columns.ts'

const map = columns({ id: 'integer', rate: 'real', name: 'text', data: 'blob', note: 'text?' })
const row = { id: 1, rate: 1, name: 'a', data: Uint8Array.of(1), note: null }

describe('columns', () => {
  it('gives rows their type', () => {
    const typed = map(row)
    expect(typed).toEqual(row)
    expectTypeOf(typed.id).toEqualTypeOf<number>()
    expectTypeOf(typed.note).toEqualTypeOf<string | null>()
    expectTypeOf(typed.data).toEqualTypeOf<Uint8Array>()
    expect(map({ ...row, note: 'b', rate: 0.5, more: 1 })).toMatchObject({ note: 'b', rate: 0.5 })
  })

  it.each([
    ['id', 'a', 'column id: expected integer, received string a'],
    ['id', 1.5, 'column id: expected integer, received number 1.5'],
    ['rate', 5n, 'column rate: expected real, received bigint 5'],
    ['name', null, 'column name: expected text, received null'],
    ['data', 'x', 'column data: expected blob, received string x'],
    ['note', Uint8Array.of(1), 'column note: expected text?, received a blob'],
  ])('refuses another %s', (column, value, message) => {
    expect(() => map({ ...row, [column]: value })).toThrow(message)
  })

  it('says which columns are not there', () => {
    expect(() => columns({ a: 'text?', b: 'integer' })({ c: 1 })).toThrow(
      'column a: expected text?, received no such column; column b: expected integer, received no such column',
    )
  })
})
