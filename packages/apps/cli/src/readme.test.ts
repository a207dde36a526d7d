import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakeTerminal } from '../fixtures/terminal.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

describe('the README', () => {
  it('has a row for every command that --help lists', async () => {
    const { run, out } = fakeTerminal()
    await run('--help')
    const names = /^USAGE ashlar (\S+)$/m.exec(out())?.[1]?.split('|') ?? []
    expect(names).toContain('undo')
    const described = new Set(Array.from(readme.matchAll(/^\| `ashlar (\w+)/gm), ([, name]) => name))
    expect(names.filter((name) => !described.has(name))).toEqual([])
    expect(described.has('no-such-command')).toBe(false)
  })
})
