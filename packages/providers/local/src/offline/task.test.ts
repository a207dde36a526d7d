import { userText } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namedPathsIn, quotedIn } from './named-paths.ts'
import { type Task, taskOf } from './task.ts'

const task = (prompt: string, instructions?: string): Task =>
  taskOf({ messages: [userText(prompt)], ...(instructions !== undefined && { instructions }) })

describe('namedPathsIn', () => {
  it.each([
    ['Read docs/a.md and "my notes/b c.txt".', ['docs/a.md', 'my notes/b c.txt']],
    ['Look at `src/**/*.ts`, ./x/ and *.md!', ['src/**/*.ts', './x/', '*.md']],
    ['the docs folder, directory notes, files in data', ['docs', 'notes', 'data']],
    ['every file in this folder', ['.']],
    ['Summarise README.md (not node.js, e.g. and/or 3.5 https://a.b/c.html)', ['README.md']],
    ["don't read it's notes.txt", ['notes.txt']],
    ['files in folder x', ['x']],
    ['find "a" in lib', ['lib']],
    ['Nothing here.', []],
  ])('finds in %j', (text, paths) => {
    expect(namedPathsIn(text).map(({ path }) => path)).toEqual(paths)
  })

  it('says where each begins', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 20 }), (before, after) => {
        const text = `${before} docs/a.md ${after}`
        expect(namedPathsIn(text)).not.toEqual([])
        for (const { path, at } of namedPathsIn(text))
          if (path !== '.') expect(text.slice(at, at + path.length)).toBe(path)
      }),
    )
  })

  it('finds quotes of every kind', () => {
    expect(quotedIn(`"a" 'b c' \`d\` “e” it's they're`).map(({ text }) => text)).toEqual([
      'a',
      'b c',
      'd',
      'e',
    ])
  })
})

describe('taskOf', () => {
  it.each<[string, Partial<Task>]>([
    [
      'Read every text file in folder notes, analyse each, write a report to out/report.md',
      { sources: ['notes'], target: 'out/report.md', verbs: new Set(['read', 'summarise', 'write']) },
    ],
    ['Write a summary of a.txt to b.md', { sources: ['a.txt'], target: 'b.md' }],
    ['Write out.md from the files in docs', { sources: ['docs'], target: 'out.md' }],
    [
      'Summarise the markdown files in docs; report: out.md',
      { endings: ['md', 'markdown', 'mdx'], target: 'out.md' },
    ],
    ['Analyse docs and save the result in result.md', { target: 'result.md' }],
    ['Summarise all files', { sources: ['.'] }],
    ['Find "needle here" in src', { needle: 'needle here', sources: ['src'] }],
    ['How many words are in a.txt?', { verbs: new Set(['count']), sources: ['a.txt'] }],
    ['Hello there', { verbs: new Set(), sources: [] }],
  ])('reads %j', (prompt, expected) => {
    expect(task(prompt)).toMatchObject(expected)
  })

  it('takes from the instructions what the user leaves open', () => {
    const instructions = 'Read every file in notes, analyse each and write a report to report.md.'
    expect(task('go', instructions)).toMatchObject({ sources: ['notes'], target: 'report.md' })
    expect(task('texts/', instructions)).toMatchObject({ sources: ['texts/'], target: 'report.md' })
    expect(task('Summarise texts/a.txt', instructions)).toMatchObject({ verbs: new Set(['summarise']) })
    expect(task('Hello, who are you?', instructions)).toMatchObject({ verbs: new Set(), sources: [] })
  })

  it('looks only at the ends of a long prompt', () => {
    const prompt = `Summarise:\n\n${'Write the list to x.md. '.repeat(10_000)}`
    expect(task(prompt).asked.length).toBeLessThan(2_000)
  })
})
