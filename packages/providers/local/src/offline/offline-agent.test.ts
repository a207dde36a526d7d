import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createAgent, type RunResult, tool, type ToolCallPart, type Tools } from '@ashlar/core'
import { workspaceTools } from '@ashlar/workspace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { offlineNotice } from './offline-notice.ts'
import { offline } from './offline.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-offline-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})
const put = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const run = async (
  prompt: string,
  tools: Tools = workspaceTools({ root }),
  instructions?: string,
): Promise<{ calls: ToolCallPart[]; result: RunResult }> => {
  const agent = createAgent({ model: offline(), tools, ...(instructions !== undefined && { instructions }) })
  const result = await agent.run(prompt)
  const calls = result.messages.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'tool-call' ? [part] : [])),
  )
  return { calls, result }
}
const names = (calls: readonly ToolCallPart[]): string[] => calls.map(({ name }) => name)

const notes = {
  'notes/bees.md': '# Bees\n\nBees make honey. Honey is kept in combs, and the bees guard it.\n',
  'notes/deep/ships.txt': 'Ships cross the sea. A ship needs a harbour, and a harbour needs a lighthouse.\n',
  'notes/picture.png': '\u0000',
  'other.txt': 'Not asked for.\n',
}

describe('offline in an agent', () => {
  it('lists a folder, reads each file and writes a report', async () => {
    put(notes)
    const { calls, result } = await run(
      'Read every text file in folder notes, analyse each, write a report to out/report.md',
    )
    expect(names(calls)).toEqual(['glob', 'readFile', 'readFile', 'writeFile'])
    expect(result).toMatchObject({ reason: 'done', steps: 4, usage: { estimated: true } })
    expect(result.text).toMatch(new RegExp(`^\\${offlineNotice} Read 2 files`))
    expect(result.text).toContain('- notes/bees.md: ')
    expect(result.text).toContain('The report is in out/report.md.')
    const report = readFileSync(join(root, 'out/report.md'), 'utf8')
    expect(report).toContain('not by a language model')
    expect(report).toContain('## notes/bees.md – Bees')
    expect(report).toContain('- Size: 72 bytes, 3 lines, 14 words')
    expect(report).toMatch(/- Keywords: bees, honey/)
    expect(report).toContain('| notes/deep/ships.txt | 79 | 1 |')
    expect(report).not.toContain('other.txt')
  })

  it('leaves its own report out the next time, and replaces it', async () => {
    put(notes)
    const prompt = 'Analyse every file in notes and write a report to notes/report.md'
    await run(prompt)
    const first = readFileSync(join(root, 'notes/report.md'), 'utf8')
    const { calls } = await run(prompt)
    expect(names(calls)).toEqual(['glob', 'readFile', 'readFile', 'writeFile'])
    expect(readFileSync(join(root, 'notes/report.md'), 'utf8')).toBe(first)
  })

  it('follows its instructions when the user only sets it off', async () => {
    put(notes)
    const { calls } = await run(
      'notes/deep',
      undefined,
      'Read the files in the folder you are given and write a report to r.md.',
    )
    expect(names(calls)).toEqual(['glob', 'readFile', 'writeFile'])
    expect(readFileSync(join(root, 'r.md'), 'utf8')).toContain('ships.txt')
  })

  it('reads many files a few at a time, and at most a hundred', async () => {
    put(
      Object.fromEntries(
        Array.from({ length: 120 }, (_, index) => [
          `many/${index}.txt`,
          `Text ${index} tells of number ${index}.`,
        ]),
      ),
    )
    const { calls, result } = await run('Summarise the files in many')
    expect(calls.filter(({ name }) => name === 'readFile')).toHaveLength(100)
    expect(result).toMatchObject({ reason: 'done', steps: 15 })
    expect(result.text).toContain('(20 more files not read)')
  })

  it('reads only the files of the kind asked for', async () => {
    put(notes)
    expect((await run('Summarise the Markdown files in notes')).calls.map(({ input }) => input)).toEqual([
      { pattern: '**/*.{md,markdown,mdx}', path: 'notes' },
      { path: 'notes/bees.md' },
    ])
    expect((await run('Count the words in notes/**/*.txt')).calls.map(({ input }) => input)).toEqual([
      { pattern: '**/*.txt', path: 'notes' },
      { path: 'notes/deep/ships.txt' },
    ])
  })

  it('says what could not be read', async () => {
    put(notes)
    const { calls, result } = await run('Count the words of notes/bees.md and missing.txt')
    expect(names(calls)).toEqual(['readFile', 'readFile'])
    expect(result.text).toContain('- notes/bees.md: 14 words, 3 lines')
    expect(result.text).toMatch(/Not read:\n- missing\.txt: .*does not exist/)
    const nothing = await run('Summarise the files in nowhere and write a report to r.md')
    expect(names(nothing.calls)).toEqual(['glob', 'readFile'])
    expect(nothing.result.text).toMatch(/No files found\.\n\nNot read:\n- nowhere/)
  })

  it('says so when the report cannot be written, and when there is no tool for it', async () => {
    put(notes)
    const refused = await run('Analyse notes/bees.md and write a report to ../out.md')
    expect(refused.result.text).toMatch(/could not be written: .*outside the workspace/)
    const { writeFile: _, ...readOnly } = workspaceTools({ root })
    const without = await run('Analyse notes/bees.md and write a report to out.md', readOnly)
    expect(without.result.text).toContain('There is no tool to write a file with.')
  })

  it('lists and searches', async () => {
    put(notes)
    const listed = await run('List the files in notes')
    expect(names(listed.calls)).toEqual(['listDirectory'])
    expect(listed.result.text).toBe(`${offlineNotice} notes/bees.md\nnotes/deep/\nnotes/picture.png`)
    const found = await run('Find "harbour" in notes')
    expect(found.calls).toMatchObject([
      { name: 'grep', input: { pattern: 'harbour', literal: true, path: 'notes' } },
    ])
    expect(found.result.text).toContain('notes/deep/ships.txt\n1: Ships')
  })

  it('works with tools of other names and no glob, going down folder by folder', async () => {
    put(notes)
    const ours = workspaceTools({ root })
    const string = { type: 'string' } as const
    const written: string[] = []
    const tools: Tools = {
      list_directory: { ...ours.listDirectory, description: 'Lists a folder.' },
      read_text_file: ours.readFile,
      write_file: tool({
        description: 'Writes a file.',
        input: {
          type: 'object',
          properties: { path: string, content: string },
          required: ['path', 'content'],
        } as const,
        execute: ({ path, content }) => written.push(path, content),
      }),
    }
    const { calls } = await run('Read all files in notes and write a report to report.md', tools)
    expect(names(calls)).toEqual([
      'list_directory',
      'list_directory',
      'read_text_file',
      'read_text_file',
      'write_file',
    ])
    expect(written[0]).toBe('report.md')
    expect(written[1]).toContain('ships.txt')
  })

  it('fills a JSON answer from the files it read', async () => {
    put(notes)
    const agent = createAgent({ model: offline(), tools: workspaceTools({ root }) })
    const { output } = await agent.run('Read the files in notes', {
      output: {
        type: 'object',
        properties: {
          files: {
            type: 'array',
            items: {
              type: 'object',
              properties: { path: { type: 'string' }, words: { type: 'integer' } },
              required: ['path', 'words'],
            },
          },
          keywords: { type: 'array', items: { type: 'string' } },
        },
        required: ['files', 'keywords'],
      } as const,
    })
    expect(output.files).toEqual([
      { path: 'notes/bees.md', words: 14 },
      { path: 'notes/deep/ships.txt', words: 15 },
    ])
    expect(output.keywords).toContain('harbour')
  })

  it('needs no tools for talk', async () => {
    const { calls, result } = await run('Hello, who are you?')
    expect(calls).toEqual([])
    expect(result.text).toContain('I follow fixed rules')
  })
})
