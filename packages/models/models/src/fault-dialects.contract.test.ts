import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { faultsOf, meetFault, openaiChat, otherDialects, stacks } from './fixture-faults.ts'

const page = readFileSync(`${import.meta.dirname}/../../../../docs/fault-matrix.md`, 'utf8')

/** What the page says of a fault and a stack: sees, calls and billed, with a stream and with a plain answer. */
const rowOf = (fault: string, stack: string): string[] => {
  const section = page.split('\n## ').find((part) => part.startsWith(`${fault}\n`))
  const row = section?.split('\n').find((line) => line.startsWith(`| ${stack} `))
  return (row ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim())
}

const shown = process.env['ASHLAR_SOAK'] ? Object.keys(stacks) : ['(none)', 'all of them']
const names = faultsOf(openaiChat).map(([name]) => name)

describe('the fault matrix', () => {
  it.each(names)('is the same over other APIs: %s', { timeout: 60_000 }, async (name) => {
    const trials = Object.entries(otherDialects).flatMap(([api, dialect]) =>
      shown.map(async (stack) => {
        const fault = faultsOf(dialect).find((named) => named[0] === name)?.[1]
        const trial = { dialect, stack: stacks[stack] ?? (({ a }) => a), fault }
        const outcomes = await Promise.all([true, false].map((deltas) => meetFault({ ...trial, deltas })))
        return {
          api,
          stack,
          cells: outcomes.flatMap(({ sees, calls, billed }) => [sees, `${calls}`, billed]),
        }
      }),
    )
    for (const { api, stack, cells } of await Promise.all(trials))
      expect({ api, stack, cells }).toEqual({ api, stack, cells: rowOf(name, stack) })
  })

  it('tells one fault from another', () => {
    expect(rowOf('401', '(none)')).toEqual(['auth', '1', '0', 'auth', '1', '0'])
    expect(rowOf('500', '(none)')).not.toEqual(rowOf('401', '(none)'))
    expect(new Set(names).size).toBe(names.length)
  })
})
