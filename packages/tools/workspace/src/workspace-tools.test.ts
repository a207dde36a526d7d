import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ToolContext } from '@ashlar/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { versionOf } from './file-version.ts'
import { workspaceTools, type WorkspaceTools } from './workspace-tools.ts'

let root: string
let tools: WorkspaceTools
const reports: unknown[] = []
const context: ToolContext = {
  signal: new AbortController().signal,
  callId: 'call',
  idempotencyKey: 'run/1/call',
  report: (update) => reports.push(update),
  run: {
    runId: 'run',
    agent: { name: 'test' },
    signal: new AbortController().signal,
    state: { messages: [], steps: 0, usage: { inputTokens: 0, outputTokens: 0 } },
    childId: () => 'run/call',
  },
}
const run = async (name: Exclude<keyof WorkspaceTools, 'exec'>, input: unknown): Promise<unknown> => {
  const checked = await tools[name].validate(input)
  if (checked.issues) throw new Error(checked.issues.map(({ message }) => message).join())
  return tools[name].execute?.(checked.value, context)
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-tools-'))
  writeFileSync(join(root, 'notes.txt'), 'one\r\ntwo\nthree\n')
  writeFileSync(join(root, 'empty.txt'), '')
  writeFileSync(join(root, 'a\nb\u202e.txt'), 'x')
  symlinkSync('notes.txt', join(root, 'link'))
  tools = workspaceTools({ root, limits: { resultChars: 10 } })
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('workspaceTools', () => {
  it('says what each tool does to the world', () => {
    const annotations = Object.entries(tools).map(([name, { annotations }]) => [name, annotations.readOnly])
    expect(Object.fromEntries(annotations)).toEqual({
      readFile: true,
      writeFile: false,
      editFile: false,
      listDirectory: true,
      glob: true,
      grep: true,
      readCode: true,
      gitStatus: true,
      gitDiff: true,
      gitLog: true,
      gitShow: true,
      generateMarkdown: true,
      applyTemplate: true,
    })
    expect(tools.writeFile.annotations).toEqual({ readOnly: false, destructive: true, idempotent: true })
  })

  it('reads with numbers and says where a long file goes on', async () => {
    const version = `version ${versionOf(readFileSync(join(root, 'notes.txt'))).slice(0, 12)}`
    expect(await run('readFile', { path: 'notes.txt', lineNumbers: true })).toBe(
      `1\tone\r\n2\ttwo\n(lines 1–2 of 3; the rest is cut off, go on with fromLine 3; ${version})`,
    )
    expect(await run('readFile', { path: 'notes.txt', fromLine: 3 })).toBe(
      `three\n(lines 3–3 of 3; ${version})`,
    )
    expect(await run('readFile', { path: 'empty.txt' })).toBe('(empty.txt is empty; version e3b0c44298fc)')
    expect(await run('readFile', { path: 'a\nb\u202e.txt' })).toBe(
      'x\n(version 2d711642b726; no newline at its end)',
    )
  })

  it('writes and says so', async () => {
    expect(await run('writeFile', { path: 'out/new.txt', text: 'x' })).toBe(
      'Created out/new.txt (1 bytes, version 2d711642b726).',
    )
    expect(await run('writeFile', { path: 'out/new.txt', text: '' })).toBe(
      'Replaced out/new.txt (0 bytes, version e3b0c44298fc).',
    )
    rmSync(join(root, 'out'), { recursive: true })
  })

  it('lists on one line each, hostile names escaped', async () => {
    expect(await run('listDirectory', {})).toBe(
      '"a\\nb\\u202e.txt" (1 bytes)\nempty.txt (0 bytes)\nlink@\nnotes.txt (15 bytes)',
    )
    expect(reports).toContainEqual({ visited: 4, found: 4 })
  })

  it('finds names and lines', async () => {
    expect(await run('glob', { pattern: '**/n*' })).toBe('notes.txt')
    expect(await run('glob', { pattern: '*.md' })).toBe(
      '(no files match *.md. For every depth use "**/*.md".)',
    )
    expect(await run('grep', { pattern: 't[wh]', path: 'notes.txt' })).toBe(
      'notes.txt\n2: two\n3: three\n(1 file searched)',
    )
    expect(await run('grep', { pattern: 'two', context: 1 })).toBe(
      '(no matches)\n(3 files searched; there is more than fits: use a narrower pattern, path or less context)',
    )
    expect(await run('grep', { pattern: 'four' })).toBe('(no matches)\n(3 files searched)')
  })

  it.each([
    ['readFile', { path: 'a', lines: 3 }],
    ['readFile', {}],
    ['readFile', { path: 'a', encoding: 'ebcdic' }],
    ['writeFile', { path: 'a' }],
    ['listDirectory', { depth: 0 }],
    ['grep', { pattern: 'a', context: 11 }],
  ] as const)('refuses wrong input of %s: %j', async (name, input) => {
    await expect(run(name, input)).rejects.toThrow(/required|unknown|expected/)
  })

  it('tells the model what to do about an error', async () => {
    await expect(run('readFile', { path: '../x' })).rejects.toThrow(
      /outside the workspace. Use a path relative/,
    )
    await expect(run('readFile', { path: 'x' })).rejects.toThrow(/does not exist. Use listDirectory or glob/)
  })
})
