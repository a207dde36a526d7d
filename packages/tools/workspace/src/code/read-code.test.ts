import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorkspace, type Workspace } from '../workspace.ts'
import type { CodeSymbol } from './code-symbols.ts'
import { readCode } from './read-code.ts'
import { outlineToText } from './read-code-tool.ts'

let root: string
let workspace: Workspace
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-code-'))
  workspace = createWorkspace({ root })
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})
const outline = (path: string, text: string) => {
  writeFileSync(join(root, path), text)
  return readCode(workspace, { path })
}
const brief = (symbols: readonly CodeSymbol[], indent = ''): string[] =>
  symbols.flatMap(({ kind, name, exported, exportedAs, signature, doc, members = [] }) => [
    `${indent}${exported ? '+' : '-'} ${kind} ${name}${exportedAs ? ` as ${exportedAs.join(', ')}` : ''} | ${signature} | ${doc ?? ''}`,
    ...brief(members, `${indent}  `),
  ])

describe('readCode', () => {
  it('outlines TypeScript', async () => {
    const { symbols, reexports, incomplete } = await outline(
      'a.ts',
      `import { x } from 'y'
/** Adds.
 * @returns the sum */
export const add = (a: number, b: number): number => {
  const sum = a + b
  return sum
}
// Not a doc comment.
export const limit: number = 3, other = 'x'
/** A thing. */
export interface Thing<T> {
  /** Its name. */
  readonly name: T
  run(input: string): void
}
export type Id = string | { a: 1 }
/** Shape. */
export type Shape = { a: string }
export class Box extends Base {
  #secret = 1
  private hidden(): void {}
  /** Opens it. */
  open(key: string): boolean { return true }
  static size = 4
}
function own(): void {}
export default function main() { const inside = 1 }
export enum Color { red }
export { one, two as three } from './other.ts'
export * from './all.ts'
`,
    )
    expect(incomplete).toBe(false)
    expect(brief(symbols)).toEqual([
      '+ variable add | const add = (a: number, b: number): number | Adds.\n@returns the sum',
      '+ variable limit | const limit: number = 3 | ',
      "+ variable other | other = 'x' | ",
      '+ interface Thing | interface Thing<T> | A thing.',
      '  + property name | readonly name: T | Its name.',
      '  + method run | run(input: string): void | ',
      '+ type Id | type Id = string | { a: 1 } | ',
      '+ type Shape | type Shape = { a: string } | Shape.',
      '+ class Box | class Box extends Base | ',
      '  - property #secret | #secret = 1 | ',
      '  - method hidden | private hidden(): void | ',
      '  + method open | open(key: string): boolean | Opens it.',
      '  + property size | static size = 4 | ',
      '- function own | function own(): void | ',
      '+ function main as default | function main() | ',
      '+ enum Color | enum Color | ',
      '  + property red | red | ',
    ])
    expect(reexports).toEqual([
      { name: 'one', original: 'one', from: './other.ts' },
      { name: 'three', original: 'two', from: './other.ts' },
      { name: '*', original: '*', from: './all.ts' },
    ])
  })

  it.each([
    [
      'a.py',
      'class A(B):\n    """Doc of A.\n    More."""\n    @property\n    def m(self, x: int) -> str:\n        \'\'\'Doc of m.\'\'\'\n        return ""\n\ndef _own(): pass\n',
      [
        '+ class A | class A(B) | Doc of A.\nMore.',
        '  + method m | def m(self, x: int) -> str | Doc of m.',
        '- function _own | def _own() | ',
      ],
    ],
    [
      'a.go',
      'package a\n\n// Add adds.\n// Really.\nfunc Add(a, b int) int { return a + b }\n\n// T is a type.\ntype T struct { A int }\n\nfunc (t *T) run() {}\n',
      [
        '+ function Add | func Add(a, b int) int | Add adds.\nReally.',
        '+ class T | type T struct | T is a type.',
        '  + property A | A int | ',
        '- method run | func (t *T) run() | ',
      ],
    ],
    [
      'a.rs',
      '/// A box.\n#[derive(Debug)]\npub struct Box<T> { v: T }\n\nimpl<T> Box<T> {\n    /// Opens.\n    pub fn open(&self) -> bool { true }\n}\nfn own() {}\n',
      [
        '+ class Box | pub struct Box<T> | A box.',
        '  - property v | v: T | ',
        '+ class Box<T> | impl<T> Box<T> | ',
        '  + method open | pub fn open(&self) -> bool | Opens.',
        '- function own | fn own() | ',
      ],
    ],
    [
      'A.java',
      '/** A class. */\npublic class A extends B {\n  private int x;\n  /** Runs. */\n  public String run(int n) { return ""; }\n}\n',
      [
        '+ class A | public class A extends B | A class.',
        '  - property x | private int x | ',
        '  + method run | public String run(int n) | Runs.',
      ],
    ],
    [
      'a.js',
      'export function f(a) {}\nconst g = 1\n',
      ['+ function f | function f(a) | ', '- variable g | const g = 1 | '],
    ],
    ['a.tsx', 'export const V = () => <b>x</b>\n', ['+ variable V | const V = () | ']],
  ])('outlines %s', async (path, text, expected) => {
    expect(brief((await outline(path, text)).symbols)).toEqual(expected)
  })

  it('reads many files of several languages at once', async () => {
    const files = Array.from({ length: 40 }, (_, index) =>
      ['m.ts', 'm.py', 'm.go', 'm.rs'].map((name) => `${index}${name}`),
    ).flat()
    const outlines = await Promise.all(
      files.map((path) => outline(path, path.endsWith('ts') ? 'const a = 1' : '')),
    )
    expect(outlines.filter(({ symbols }) => symbols.length === 1)).toHaveLength(40)
  })

  it('says what it does not understand', async () => {
    const broken = await outline('b.ts', 'export const a = 1\nexport function (((\n')
    expect(broken.incomplete).toBe(true)
    expect(broken.symbols[0]?.name).toBe('a')
    await expect(outline('a.txt', 'x')).rejects.toMatchObject({ code: 'unsupported' })
    await expect(outline('b.ts', 'a\0b')).rejects.toMatchObject({ code: 'binary' })
    await expect(readCode(workspace, { path: '../a.ts' })).rejects.toMatchObject({
      code: 'outside-workspace',
    })
  })

  it.each([
    ['brackets', '('],
    ['signs', '!'],
    ['type arguments', 'X<'],
  ])('survives a file of nothing but %s', async (_, text) => {
    const { symbols } = await outline('deep.ts', `type A=${text.repeat(20_000)}`)
    expect(symbols.length).toBeLessThan(3)
  })

  it('shows a model lines, signatures and docs', async () => {
    const text = outlineToText(
      await outline('c.ts', '/** Doc. */\nexport class A {\n  run(): void {}\n}\n'),
      1_000,
    )
    expect(text).toBe('c.ts (TypeScript)\n/// Doc.\n2-4 exported class A\n  3-3 run(): void')
    const empty = outlineToText(await outline('c.ts', "export { a } from './b'\n"), 1_000)
    expect(empty).toBe('c.ts (TypeScript)\nexports a of ./b')
    expect(outlineToText(await outline('c.ts', ''), 1_000)).toContain('(declares nothing)')
  })
})
