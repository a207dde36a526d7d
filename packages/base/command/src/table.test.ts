import { expect, it } from 'vitest'
import { table } from './table.ts'

it('sets columns apart, numbers to the right, and takes out what a terminal obeys', () => {
  const rows = [
    ['model', 'calls'],
    ['a\u001B[31m', '7'],
    ['long name', '1234'],
  ]
  expect(table(rows, { right: [1] })).toBe('model      calls\na[31m          7\nlong name   1234\n')
  expect(table([['abcdef', 'x']], { cellWidth: 4 })).toBe('abc…  x\n')
  expect(table([])).toBe('')
})
