import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCommandPolicy } from './create-command-policy.ts'
import { tuneCommands } from './fixture-commands.ts'
import { memoryFiles } from './fixture-files.ts'
import { anyObfuscation } from './fixture-obfuscations.ts'

const policy = createCommandPolicy({ home: '/home/dev', files: memoryFiles({ '/home/dev/project': null }) })
const context = { cwd: '/home/dev/project' }
const soak = process.env['ASHLAR_SOAK'] !== undefined

/** Commands that mean the same inside another one: on one line, complete, in the foreground, with nothing left to read. */
const isWhole = (command: string): boolean =>
  !command.includes('\n') &&
  !/[^&]&$|[|&\\]$|\bread\b|unclosed|^if ls$|;;/.test(command) &&
  policy(command, context).rule !== 'parse-error'

/** Harmless where something reads only the beginning of it. */
const depends = new Set(['yes'])

const rows = tuneCommands().filter(
  ({ verdict, command }) => verdict !== 'allow' && isWhole(command) && !depends.has(command),
)
const anyRow = fc.constantFrom(...rows)

describe('a dangerous command in disguise', () => {
  it('is never allowed', () => {
    fc.assert(
      fc.property(anyRow, anyObfuscation, ({ command }, disguise) => {
        expect(policy(disguise(command), context).verdict).not.toBe('allow')
      }),
      { numRuns: soak ? 200_000 : 6000 },
    )
  })

  it('is refused in all but a few disguises', () => {
    const denied = fc.constantFrom(...rows.filter(({ verdict }) => verdict === 'deny'))
    const samples = fc.sample(fc.tuple(denied, anyObfuscation), { numRuns: 3000, seed: 7 })
    const refused = samples.filter(
      ([{ command }, disguise]) => policy(disguise(command), context).verdict === 'deny',
    )
    expect(refused.length / samples.length).toBeGreaterThan(0.97)
  })

  it('gets past a policy of regular expressions', () => {
    const naive = (command: string): boolean =>
      /\brm\s+-rf?\s+[/~]|\bsudo\b|\bmkfs|curl[^|]*\|\s*(?:ba)?sh/.test(command)
    const seen = rows.filter(({ verdict, command }) => verdict === 'deny' && naive(command))
    const samples = fc.sample(fc.tuple(fc.constantFrom(...seen), anyObfuscation), { numRuns: 500, seed: 7 })
    expect(samples.some(([{ command }, disguise]) => !naive(disguise(command)))).toBe(true)
  })
})
