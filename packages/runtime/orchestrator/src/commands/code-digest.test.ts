import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InvalidArgument } from '@ashlar/core/errors'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOfCode } from './code-digest.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ashlar-code-'))
  for (const [path, content] of Object.entries(project)) await write(path, content)
})
afterEach(() => rm(root, { recursive: true }))

const write = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}
const digest = (): Promise<string> => digestOfCode(join(root, 'app/agent.ts'))

const project: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module", "imports": { "#rules/*": "./rules/*.ts" } }',
  'app/agent.ts': `import { readFile } from 'node:fs'
import 'https://example.com/x.js'
import { type Task, plan } from '../lib/plan.ts'
import type { Only } from '../lib/only-types.ts'
import { strict } from '#rules/strict'
import { parse } from 'tiny/sub'
import '@scope/deep'
export * from './tools.mjs'
export type { Only } from '../lib/only-types.ts'
const late = (name: string) => import(name)
export const lazy = async (): Promise<unknown> => import('./lazy.ts')
// import './comment.ts'
const text = "import './text.ts'"
`,
  'app/tools.mjs': "import data from './data.json' with { type: 'json' }\nexport const tools = { data }\n",
  'app/data.json': '{ "n": 1 }',
  'app/lazy.ts': 'export enum Lazy { A }\n',
  'app/comment.ts': '1',
  'app/text.ts': '1',
  'lib/plan.ts': "import { strict } from '#rules/strict'\nexport const plan = strict\n",
  'lib/only-types.ts': 'export interface Only { readonly a: 1 }\n',
  // A cycle.
  'rules/strict.ts': "import '../lib/plan.ts'\nexport const strict: boolean = true\n",
  'node_modules/tiny/package.json': '{ "name": "tiny", "version": "1.0.0" }',
  'node_modules/tiny/sub.js': 'export const parse = 1',
  'node_modules/@scope/deep/package.json': '{ "name": "@scope/deep", "version": "2.0.0" }',
}

describe('digestOfCode', () => {
  it.each([
    ['app/agent.ts'],
    ['lib/plan.ts'],
    ['rules/strict.ts'],
    ['app/tools.mjs'],
    ['app/data.json'],
    ['app/lazy.ts'],
  ])('is another when %s is: its line ends, too', async (path) => {
    const before = await digest()
    expect(before).toMatch(/^sha256-\w{12}$/)
    const content = project[path] ?? ''
    await write(path, `${content} `)
    expect(await digest()).not.toBe(before)
    await write(path, content.replaceAll('\n', '\r\n'))
    if (content.includes('\n')) expect(await digest()).not.toBe(before)
    await rm(join(root, path))
    expect(await digest()).not.toBe(before)
    await write(path, content)
    expect(await digest()).toBe(before)
  })

  it.each([
    ['another version of a package', 'node_modules/tiny/package.json', '{ "version": "1.0.1" }'],
    ['one that cannot be read', 'node_modules/tiny/package.json', '{'],
    ['a nearer one', 'app/node_modules/@scope/deep/package.json', '{ "version": "1.0.0" }'],
  ])('is another for %s', async (_, path, content) => {
    const before = await digest()
    await write(path, content)
    expect(await digest()).not.toBe(before)
  })

  it('is another for what #imports mean', async () => {
    // Node keeps each package.json that it has read.
    const other = await mkdtemp(join(tmpdir(), 'ashlar-elsewhere-'))
    await cp(root, other, { recursive: true })
    await writeFile(join(other, 'package.json'), '{ "imports": { "#rules/*": "./lib/plan.ts" } }')
    expect(await digestOfCode(join(other, 'app/agent.ts'))).not.toBe(await digest())
    await rm(other, { recursive: true })
  })

  it('control: is the same whatever changes of what it does not import', async () => {
    const before = await digest()
    for (const path of ['app/comment.ts', 'app/text.ts', 'lib/only-types.ts', 'other.ts'])
      await write(path, 'export const changed = true')
    await write('node_modules/tiny/sub.js', 'changed')
    await write('node_modules/unused/package.json', '{ "version": "1.0.0" }')
    expect(await digest()).toBe(before)
  })

  it('is the same in another place, and through a link', async () => {
    const before = await digest()
    const other = await mkdtemp(join(tmpdir(), 'ashlar-elsewhere-'))
    await cp(root, join(other, 'deep/er'), { recursive: true })
    expect(await digestOfCode(join(other, 'deep/er/app/agent.ts'))).toBe(before)
    await symlink(join(root, 'app/agent.ts'), join(other, 'linked.ts'))
    expect(await digestOfCode(join(other, 'linked.ts'))).toBe(before)
    await rm(other, { recursive: true })
  })

  it('takes code that cannot be parsed, or is no code, by its bytes', async () => {
    for (const content of ['import { from', 'const a: = 3', '\u0000\u0001', '']) {
      await write('app/agent.ts', content)
      const before = await digest()
      await write('lib/plan.ts', `${content}1`)
      expect(await digest()).toBe(before)
      await write('app/agent.ts', `${content} `)
      expect(await digest()).not.toBe(before)
    }
  })

  it('comes to an end, whatever imports whatever', async () => {
    const names = ['a.mjs', 'b.mjs', 'c.mjs', 'd.mjs']
    const graph = fc.array(fc.subarray(names), { minLength: names.length, maxLength: names.length })
    await fc.assert(
      fc.asyncProperty(graph, fc.constantFrom(...names), async (edges, changed) => {
        const textOf = (i: number): string => (edges[i] ?? []).map((to) => `import './${to}'\n`).join('')
        for (const [i, name] of names.entries()) await write(name, textOf(i))
        const reached = new Set(['a.mjs'])
        for (const name of reached) for (const to of edges[names.indexOf(name)] ?? []) reached.add(to)
        const before = await digestOfCode(join(root, 'a.mjs'))
        await write(changed, `${textOf(names.indexOf(changed))}// changed`)
        expect((await digestOfCode(join(root, 'a.mjs'))) !== before).toBe(reached.has(changed))
      }),
      { numRuns: 50 },
    )
  })

  it('is refused where there are more files than it may read', async () => {
    await expect(digestOfCode(join(root, 'app/agent.ts'), { limit: 5 })).rejects.toSatisfy(
      InvalidArgument.isInstance,
    )
    expect(await digestOfCode(join(root, 'app/agent.ts'), { limit: 6 })).toBe(await digest())
  })
})
