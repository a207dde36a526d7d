import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './bootstrap.mjs'

// Sources run as they are, stripped of their types; what the test runner runs, it translates.
const sources = globSync(
  [
    'packages/*/*/src/**/*.ts',
    'packages/testing/src/**/*.ts',
    'packages/core/src/**/*.ts',
    'examples/*/src/**/*.ts',
    'scripts/**/*.mjs',
  ],
  { cwd: root },
).filter((file) => !file.includes('.test.') && !file.includes('node_modules'))

/** `using` declarations, which Node 22 cannot read. */
const tooNew = (source) => source.match(/^\s*(?:for (?:await )?\()?(?:await )?using \w+ (?:=|of )/gm) ?? []

describe('sources', () => {
  it('are what Node 22 can read', () => {
    expect(sources.length).toBeGreaterThan(500)
    expect(sources.filter((file) => tooNew(readFileSync(join(root, file), 'utf8')).length > 0)).toEqual([])
  })

  it('would be found out', () => {
    const source = '  await using a = b()\nfor (using c of d) e()\n// await using\nusing.f = 1\n'
    expect(tooNew(source)).toEqual(['  await using a =', 'for (using c of '])
  })
})
