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

const box = `class Box<T>
\`\`\`

A box of \`T\`.

*throws* Error when \\<it> is closed

- \`open(key: string): boolean\` – Opens it.
`
const golden = `# @x/a

A package.

Written from the source by \`npm run docs:api\`; do not edit.

## @x/a

### Box

\`\`\`
${box}
### Renamed

\`\`\`
interface T
\`\`\`

T.

- \`n: 1\` – N.

### b

\`\`\`
* as b from './b.ts'
\`\`\`

- \`interface T\` – T.
- \`const add = (a: number): number\` – Adds.; *throws* Error never

### default

\`\`\`
${box}
### outer

\`\`\`
const inner = 1
\`\`\`

## @x/a/b

### T

\`\`\`
interface T
\`\`\`

T.

- \`n: 1\` – N.

### add

\`\`\`
const add = (a: number): number
\`\`\`

Adds.

*throws* Error never
`
const goldenIndex = `# API

Written from the source by \`npm run docs:api\`; do not edit.

| package | what it is | further entries |
| --- | --- | --- |
| [@x/a](a.md) | A package. | [/b](a.md#xab) |
`

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
    expect(generate('--check')).toMatchObject({ status: 0, stdout: '2 passed, 0 failed\n' })
    writeFileSync(join(root, 'packages/a/src/b.ts'), 'export const add = 1\n')
    const stale = generate('--check')
    expect([stale.status, stale.stdout]).toEqual([
      1,
      expect.stringContaining('a.md is not what the source says'),
    ])
  })

  it('writes a page whole: names, signatures, docs, members that others can use', () => {
    writeFileSync(
      join(root, 'packages/a/src/index.ts'),
      `import { T as Renamed } from './b.ts'
/** A box of {@link T}.
 * @throws Error when <it> is closed
 */
class Box<T> {
  #own = 1
  private hidden(): void {}
  /** Opens it. */
  open(key: string): boolean { return true }
}
const inner = 1
export { Box, inner as outer, Renamed }
export default Box
export * as b from './b.ts'
export { z } from 'z'
`,
    )
    expect(generate()).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(root, 'docs/api/a.md'), 'utf8')).toBe(golden)
    expect(readFileSync(join(root, 'docs/api/README.md'), 'utf8')).toBe(goldenIndex)
  })

  it('finds a link that leads nowhere', () => {
    writeFileSync(join(root, 'packages/a/src/b.ts'), '/** See [more](more.md). */\nexport const a = 1\n')
    expect(generate()).toMatchObject({ status: 1 })
    const { status, stdout } = generate('--check')
    expect([status, stdout]).toEqual([1, 'a.md: the link to more.md leads nowhere\n1 passed, 1 failed\n'])
    writeFileSync(join(root, 'docs/api/more.md'), '')
    // It belongs to no package, so it is out of date instead.
    expect(generate('--check').stdout).not.toContain('leads nowhere')
  })
})
