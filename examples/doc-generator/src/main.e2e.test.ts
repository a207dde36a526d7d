import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'doc-generator-'))
  mkdirSync(join(root, 'packages/a/src'), { recursive: true })
  const manifest = {
    name: '@x/a',
    description: 'A package.',
    exports: { '.': './src/index.ts', './b': './src/b.ts' },
  }
  writeFileSync(join(root, 'packages/a/package.json'), JSON.stringify(manifest))
  writeFileSync(
    join(root, 'packages/a/src/index.ts'),
    "export { add as plus } from './b.ts'\nexport * from './index.ts'\n",
  )
  writeFileSync(
    join(root, 'packages/a/src/b.ts'),
    '/** Adds.\n * @throws Error never */\nexport const add = (a: number): number => a\n/** T. */\nexport interface T { /** N. */ n: 1 }\nconst own = 1\n',
  )
})
afterEach(() => {
  rmSync(root, { recursive: true })
})
const generate = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), '--root', root, ...args], {
    encoding: 'utf8',
    timeout: 15_000,
  })

describe('doc-generator', () => {
  it('writes a page a package, and finds one that is out of date', () => {
    expect(generate()).toMatchObject({ status: 0, stderr: '' })
    const page = readFileSync(join(root, 'docs/api/a.md'), 'utf8')
    expect(page).toContain('# @x/a\n\nA package.\n')
    expect(page).toContain(
      '## @x/a\n\n### plus\n\n```\nconst add = (a: number): number\n```\n\nAdds.\n\n*throws* Error never\n',
    )
    expect(page).toContain('## @x/a/b\n\n### T\n\n```\ninterface T\n```\n\nT.\n\n- `n: 1` – N.\n\n### add\n')
    expect(page).not.toContain('own')
    expect(generate('--check')).toMatchObject({ status: 0, stdout: '1 passed, 0 failed\n' })
    writeFileSync(join(root, 'packages/a/src/b.ts'), 'export const add = 1\n')
    const stale = generate('--check')
    expect([stale.status, stale.stdout]).toEqual([
      1,
      expect.stringContaining('a.md is not what the source says'),
    ])
  })
})
