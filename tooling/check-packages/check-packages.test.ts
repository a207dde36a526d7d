import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { goodPackage } from '../check-shape/fixture-workspace.ts'
import { root } from '../packages.ts'
import { readCatalog } from './consumer.ts'
import { judgeImportCost } from './import-cost.ts'
import { checkPublint, checkTypesResolve, fileProblems } from './pack.ts'
import { checkRuntimes } from './runtimes.ts'
import { checkSnippets, notInstalled, snippetsOf } from './snippets.ts'
import { checkDeclarations } from './types.ts'

// Inside the repository, so that a compiler started there finds the types of Node.
mkdirSync(join(root, '.ci-out'), { recursive: true })
const folder = mkdtempSync(join(root, '.ci-out/check-packages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, files: Readonly<Record<string, string>>): string => {
  const place = join(folder, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true })
    writeFileSync(join(place, path), text)
  }
  return place
}

const page = `# x
\`npm install @ashlar/core zod\`
\`\`\`ts
import { run } from '@ashlar/core/schema'
import { z } from 'zod'
\`\`\`
\`\`\`ts no-run
import 'left-pad'
import type { A } from 'openai'
\`\`\`
\`\`\`sh
npm test
\`\`\`
`

describe('snippets', () => {
  it('finds every TypeScript fence, its line and whether it runs', () => {
    expect(snippetsOf('a.md', page).map(({ line, runs }) => ({ line, runs }))).toEqual([
      { line: 3, runs: true },
      { line: 7, runs: false },
    ])
  })

  it('reports packages that nothing installs', () => {
    const core = { ...goodPackage('packages/core', { dependencies: { openai: 'catalog:' } }), readme: page }
    expect(notInstalled(core, snippetsOf('a.md', page))).toEqual(['left-pad'])
  })

  it('reports a snippet that does not compile and one that throws, by page and line', async () => {
    const snippets = [
      {
        page: 'good.md',
        line: 1,
        code: "const n: number = 1\nif (n !== 1) throw new Error('no')\n",
        runs: true,
      },
      { page: 'types.md', line: 4, code: "const x = 1\nconst n: number = 'one'\nvoid [x, n]\n", runs: true },
      { page: 'throws.md', line: 2, code: "throw new Error('on purpose')\n", runs: true },
      { page: 'unrun.md', line: 2, code: "throw new Error('never thrown')\n", runs: false },
    ]
    const [compile, run] = await checkSnippets(write('snippets', {}), snippets)
    expect(compile?.findings).toEqual([expect.stringContaining('types.md:6: error TS2322')])
    expect(run?.findings).toEqual([expect.stringMatching(/^throws\.md:2: exit code 1[^]*on purpose/)])
  })
})

describe('tarballs', () => {
  const good = ['package.json', 'LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']

  it('reports what is missing and what nobody asked for', () => {
    expect(fileProblems(good)).toEqual([])
    expect(fileProblems([...good.slice(1), 'src/a.ts', 'dist/a.test.js', 'dist/a.test-d.d.ts'])).toEqual([
      'lacks package.json',
      'holds src/a.ts',
      'holds the test dist/a.test.js',
      'holds the test dist/a.test-d.d.ts',
    ])
  })

  it('reports declarations that are not there and exports in the wrong format', async () => {
    const cwd = write('bad-package', {
      'index.js': 'module.exports = {}\n',
      'other.d.ts': 'export {}\n',
      'package.json': JSON.stringify({
        name: 'bad',
        version: '1.0.0',
        type: 'module',
        exports: { default: './index.js', types: './missing.d.ts' },
      }),
    })
    execFileSync('npm', ['pack', '--loglevel=silent'], { cwd, shell: process.platform === 'win32' })
    const tarball = {
      name: 'bad',
      version: '1.0.0',
      filename: join(cwd, 'bad-1.0.0.tgz'),
      size: 1,
      files: [],
    }
    expect((await checkPublint([tarball])).findings.length).toBeGreaterThan(1)
    expect((await checkTypesResolve([tarball])).findings).toEqual([expect.stringContaining('bad-1.0.0.tgz')])
  })
})

describe('packages in use', () => {
  const consumer = (code: string, declarations = 'export {}\n'): string => {
    const exports = { '.': { types: './index.d.ts', default: './index.js' } }
    return write(`consumer-${code.length}`, {
      'node_modules/@ashlar/core/package.json': JSON.stringify({
        name: '@ashlar/core',
        type: 'module',
        exports,
      }),
      'node_modules/@ashlar/core/index.js': code,
      'node_modules/@ashlar/core/index.d.ts': declarations,
    })
  }
  const agent = (answer: string): string =>
    `export const tool = (t) => t\nexport const createAgent = () => ({ run: async () => ({ text: '${answer}' }) })\n`

  it('reports an agent that needs Node and one that answers something else', async () => {
    const needsNode = consumer(`import 'node:fs'\n${agent('The sum is 3')}`)
    const { findings } = await checkRuntimes(needsNode, [goodPackage('packages/core')])
    expect(findings).toEqual([
      expect.stringContaining('in a browser bundle: '),
      expect.stringContaining('@ashlar/core: '),
    ])
    expect((await checkRuntimes(consumer(agent('The sum is 4')), [])).findings).toHaveLength(2)
    expect((await checkRuntimes(consumer(agent('The sum is 3')), [])).findings).toEqual([])
  })

  it('reports declarations that need Node where there is none, or do not compile', async () => {
    const check = async (declarations: string): Promise<number> => {
      const place = consumer(`// ${declarations}`, declarations)
      return (await checkDeclarations(place, [goodPackage('packages/core')])).findings.length
    }
    expect(await check('export declare const a: string\n')).toBe(0)
    expect(await check("export declare const s: import('node:net').Socket\n")).toBe(1)
    expect(await check('export declare const m: Missing\n')).toBe(3)
  })

  it('reports imports that cost too much', () => {
    const cost = (wall: number, cpu: number) => ({ wall, cpu })
    expect(judgeImportCost(cost(2, 2), cost(18, 18), cost(30, 17)).findings).toEqual([])
    expect(judgeImportCost(cost(2, 2), cost(18.1, 18), cost(30, 17.1)).findings).toHaveLength(2)
  })
})

it('reads the catalog of versions', () => {
  const catalog = readCatalog(
    "packages:\n  - a\ncatalog:\n  '@x/y': 1.2.3\n  zod: 4.0.0\nother:\n  no: 1.0.0\n",
  )
  expect([...catalog]).toEqual([
    ['@x/y', '1.2.3'],
    ['zod', '4.0.0'],
  ])
})
