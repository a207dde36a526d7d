import { describe, expect, it } from 'vitest'
import { checkContractMembers } from './contract-members.ts'
import { checkCycles } from './cycles.ts'
import { checkEntryExports } from './entry-exports.ts'
import { goodPackage, workspaceOf } from './fixture-workspace.ts'
import { checkFileLines, checkFunctionLines } from './line-budgets.ts'
import { checkLoopClosure } from './loop-closure.ts'
import { checkPortability } from './portability.ts'
import { checkShelves } from './shelves.ts'
import { checkTypeEscapes } from './type-escapes.ts'

const lines = (count: number): string => 'x()\n'.repeat(count)
const core = goodPackage('packages/core')
const wire = goodPackage('packages/base/wire')
const testing = goodPackage('packages/testing')
const cost = goodPackage('packages/plugins/cost')
const safety = goodPackage('packages/plugins/safety')
const openai = goodPackage('packages/providers/openai')

describe('line budgets', () => {
  it('lets 250 lines pass and reports 251', () => {
    expect(checkFileLines(workspaceOf({ 'packages/core/src/a.ts': lines(250) })).findings).toEqual([])
    expect(checkFileLines(workspaceOf({ 'packages/core/src/a.ts': lines(251) })).findings).toEqual([
      'packages/core/src/a.ts has 251 lines',
    ])
  })

  it.each([
    ['arrow functions', (body: string) => `const f = () => {\n${body}}\n`],
    ['declarations', (body: string) => `function f() {\n${body}}\n`],
    ['methods', (body: string) => `class A { m() {\n${body}} }\n`],
  ])('lets 60 lines of %s pass and reports 61', (_, write) => {
    expect(checkFunctionLines(workspaceOf({ 'a.ts': write(lines(58)) })).findings).toEqual([])
    expect(checkFunctionLines(workspaceOf({ 'a.ts': write(lines(59)) })).findings).toEqual([
      'a.ts:1 has 61 lines',
    ])
  })
})

describe('import closure of the loop', () => {
  const closure = (messageLines: number): string[] => [
    ...checkLoopClosure(
      workspaceOf({
        'packages/core/src/loop.ts': "import type { Message } from './message.ts'\n",
        'packages/core/src/message.ts': `export type Message = import('./part.ts').Part\n${lines(messageLines)}`,
        'packages/core/src/part.ts': 'export type Part = string\n',
        'packages/core/src/other.ts': lines(900),
      }),
    ).findings,
  ]

  it('counts what is imported for its types, and nothing else', () => {
    expect(closure(797)).toEqual([])
    expect(closure(798)).toEqual(['801 lines: loop.ts 1, message.ts 799, part.ts 1'])
  })

  it('fails when there is no loop to measure', () => {
    expect(checkLoopClosure(workspaceOf({})).findings).toHaveLength(1)
  })
})

describe('import cycles', () => {
  it('reports a cycle of type imports and one across packages', () => {
    const within = workspaceOf({
      'packages/core/src/a.ts': "import type { B } from './b.ts'\n",
      'packages/core/src/b.ts': "export type B = import('./a.ts').A\n",
    })
    const path = 'packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/a.ts'
    expect(checkCycles(within).findings).toEqual([path])
    const across = workspaceOf(
      {
        'packages/core/src/index.ts': "export { w } from '@ashlar/wire'\n",
        'packages/base/wire/src/index.ts': "const core = await import('@ashlar/core')\n",
      },
      [core, wire],
    )
    expect(checkCycles(across).findings).toHaveLength(1)
  })

  it('accepts a diamond', () => {
    const diamond = workspaceOf({
      'a.ts': "import './b.ts'\nimport './c.ts'\n",
      'b.ts': "import './d.ts'\n",
      'c.ts': "import './d.ts'\n",
      'd.ts': 'x()\n',
    })
    expect(checkCycles(diamond).findings).toEqual([])
  })
})

describe('exports per entry', () => {
  const types = (count: number): string =>
    Array.from({ length: count }, (_, index) => `export type T${index} = 1\n`).join('')

  it('counts values and types, 25 for a package and 60 for core', () => {
    const wireOf = (text: string): string[] => [
      ...checkEntryExports(workspaceOf({ 'packages/base/wire/src/index.ts': text }, [wire])).findings,
    ]
    expect(wireOf(`${types(24)}export const a = 1\n`)).toEqual([])
    expect(wireOf(`${types(25)}export const a = 1\n`)).toEqual(['@ashlar/wire exports 26 names, at most 25'])
    expect(wireOf('x()\n')).toEqual(['@ashlar/wire exports nothing'])
    const coreOf = (count: number): number =>
      checkEntryExports(workspaceOf({ 'packages/core/src/index.ts': types(count) }, [core])).findings.length
    expect([coreOf(60), coreOf(61)]).toEqual([0, 1])
  })

  it('counts what an export * brings, and reports it', () => {
    const files = {
      'packages/base/wire/src/index.ts': "export * from './all.ts'\n",
      'packages/base/wire/src/all.ts': types(26),
    }
    expect(checkEntryExports(workspaceOf(files, [wire])).findings).toEqual([
      '@ashlar/wire exports 26 names, at most 25',
      '@ashlar/wire has an export *: name what it exports',
    ])
  })
})

describe('shelves', () => {
  const all = [core, testing, wire, openai, cost, safety]
  const importing = (path: string, specifier: string): string[] => [
    ...checkShelves(workspaceOf({ [path]: `import type { X } from '${specifier}'\n` }, all)).findings,
  ]

  it('lets a package import what stands above it', () => {
    expect(importing('packages/providers/openai/src/a.ts', '@ashlar/wire/fetch')).toEqual([])
    expect(importing('packages/plugins/cost/src/a.ts', '@ashlar/core')).toEqual([])
    expect(importing('packages/base/wire/src/a.ts', 'undici')).toEqual([])
  })

  it.each([
    ['packages/core/src/a.ts', '@ashlar/wire', 'above it'],
    ['packages/base/wire/src/a.ts', '@ashlar/openai', 'above it'],
    ['packages/plugins/safety/src/a.ts', '@ashlar/cost', 'a plugin imports only'],
    ['packages/plugins/cost/src/a.ts', '@ashlar/openai', 'a plugin imports only'],
    ['packages/plugins/cost/src/a.ts', '../../safety/src/index.ts', 'leaves its package'],
  ])('reports %s importing %s', (path, specifier, problem) => {
    expect(importing(path, specifier)).toEqual([expect.stringContaining(problem)])
  })

  it('reports a dependency in the wrong direction and a package that has no shelf', () => {
    const bad = goodPackage('packages/base/wire', { dependencies: { '@ashlar/openai': 'workspace:^' } })
    expect(checkShelves(workspaceOf({}, [bad, openai])).findings).toHaveLength(1)
    expect(checkShelves(workspaceOf({}, [goodPackage('packages/base/utils')])).findings).toHaveLength(1)
  })
})

describe('contract members', () => {
  const members = (hooks: number, context: number): string[] => {
    const body = (count: number): string =>
      Array.from({ length: count }, (_, index) => `m${index}: 1`).join('; ')
    const text = `export interface Hooks { ${body(hooks)} }\nexport interface RunContext { ${body(context)} }\n`
    return [...checkContractMembers(workspaceOf({ 'packages/core/src/plugin.ts': text })).findings]
  }

  it('lets 4 and 5 pass and reports more, or none', () => {
    expect(members(4, 5)).toEqual([])
    expect(members(5, 6)).toEqual(['Hooks has 5 members, at most 4', 'RunContext has 6 members, at most 5'])
    expect(checkContractMembers(workspaceOf({})).findings).toHaveLength(2)
  })
})

describe('type escapes', () => {
  const escapes = (text: string, padding = 0): string[] => [
    ...checkTypeEscapes(workspaceOf({ 'packages/core/src/a.ts': text + lines(padding) }, [core])).findings,
  ]

  it('accepts as const, satisfies and one assertion in a small package', () => {
    expect(escapes('const a = 1 as const\nconst b = {} satisfies A\nconst c = x as A\n')).toEqual([])
  })

  it.each([
    ['any', 'let a: Record<string, any>\n', 0],
    ['as', 'a = x as A\nb = <B>y\n', 0],
    ['as', 'f(a as A, b as B, c as C, d as D, e as E, g as G)\n', 999],
    ['suppression', '// @ts-expect-error because\nx()\n', 0],
    ['suppression', '/* oxlint-disable no-console */\n// eslint-disable-next-line\n', 998],
  ])('reports too many × %s', (kind, text, padding) => {
    expect(escapes(text, padding)).toEqual([expect.stringContaining(`× ${kind}, at most`)])
  })
})

describe('portability', () => {
  it('reports a module of Node in core, not in wire', () => {
    const text = "const { readFile } = await import('node:fs/promises')\n"
    const files = { 'packages/core/src/a.ts': text, 'packages/base/wire/src/a.ts': text }
    expect(checkPortability(workspaceOf(files, [core, wire])).findings).toEqual([
      'packages/core/src/a.ts imports node:fs/promises',
    ])
  })

  it('lets the command of a package use Node', () => {
    const text = "import { readFile } from 'node:fs/promises'\n"
    const files = { 'packages/core/src/count-command.ts': text, 'packages/core/src/command.ts': text }
    expect(checkPortability(workspaceOf(files, [core])).findings).toEqual([
      'packages/core/src/command.ts imports node:fs/promises',
    ])
  })
})
