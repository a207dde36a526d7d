import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undoEdits } from './edit/undo-edits.ts'
import { execPolicy } from './exec/exec-policy.ts'
import { createWorkspace } from './workspace.ts'
import { workspaceTools } from './workspace-tools.ts'

let base: string
let root: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ashlar-bundle-'))
  root = mkdtempSync(join(base, 'root-'))
  writeFileSync(join(root, 'a.txt'), 'one\n')
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})
interface Call {
  readonly name: string
  readonly input: unknown
}

/** What each call was answered with, one call a turn. `before` runs ahead of each turn. */
const answers = async (
  calls: readonly Call[],
  before: (turn: number) => void = () => {},
): Promise<string[]> => {
  let turn = 0
  const model = scriptedModel(() => {
    before(turn)
    const call = calls[turn++]
    return call ? { toolCalls: [call] } : 'done'
  })
  const policy = () => ({ verdict: 'allow' as const, rule: 'all', why: 'a test' })
  const tools = workspaceTools({ root, undo: { folder: join(base, 'state') }, exec: { policy } })
  const { messages } = await createAgent({ model, tools, plugins: [execPolicy()] }).run('go', {
    runId: 'run',
  })
  return messages.flatMap((message) =>
    message.role === 'tool' ? message.content.map(({ output }) => output) : [],
  )
}
const edit = { name: 'editFile', input: { path: 'a.txt', edits: [{ oldText: 'one', newText: 'two' }] } }
const read = { name: 'readFile', input: { path: 'a.txt' } }

describe('the tools together', () => {
  it('change files, and all of it can be undone', async () => {
    const write = { name: 'writeFile', input: { path: 'new/b.txt', text: 'b' } }
    const [, edited, written] = await answers([read, edit, write])
    expect(edited).toMatch(/^Changed a\.txt\.\n[\s\S]*-one\n\+two/)
    expect(written).toBe('Created new/b.txt (1 bytes, version 3e23e8160039).')
    const place = { runId: 'run', folder: join(base, 'state') }
    expect(await undoEdits(createWorkspace({ root }), place)).toEqual({
      restored: ['a.txt'],
      removed: ['new/b.txt'],
    })
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
    expect(existsSync(join(root, 'new/b.txt'))).toBe(false)
  })

  it('refuse a file that somebody changed since the run read it, until it is read again', async () => {
    const write = { name: 'writeFile', input: { path: 'a.txt', text: 'x' } }
    const meddle = (turn: number): void => {
      if (turn === 1) writeFileSync(join(root, 'a.txt'), 'one and more\n')
    }
    const results = await answers([read, edit, write, read, edit], meddle)
    expect(results[1]).toMatch(/has changed since it was read/)
    expect(results[2]).toMatch(/has changed since it was read/)
    expect(results[4]).toMatch(/^Changed/)
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('two and more\n')
  })

  it('read git, code and templates, and run commands', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], {
        cwd: root,
        timeout: 10_000,
      })
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-q', '-m', 'First\n\nWhy.')
    writeFileSync(join(root, 'a.txt'), 'two\n')
    writeFileSync(join(root, 'b.ts'), 'export const b: number = 1\n')
    writeFileSync(join(root, 'page.liquid'), 'Hi {{ name }}')
    const results = await answers([
      { name: 'gitStatus', input: {} },
      { name: 'gitDiff', input: {} },
      { name: 'gitLog', input: { limit: 1 } },
      { name: 'gitShow', input: {} },
      { name: 'gitShow', input: { file: 'a.txt' } },
      { name: 'readCode', input: { path: 'b.ts' } },
      { name: 'applyTemplate', input: { path: 'page.liquid', data: { name: 'Ann' } } },
      { name: 'applyTemplate', input: { data: {} } },
      { name: 'generateMarkdown', input: { blocks: [{ heading: 'A' }, { list: ['b'] }] } },
      { name: 'exec', input: { command: ['cat', 'a.txt'] } },
      { name: 'exec', input: { command: 'sleep 5', timeoutMs: 100 } },
      { name: 'gitDiff', input: { staged: true } },
    ])
    expect(results[0]).toMatch(
      /^On branch main at \w{12}\nNot staged:\n {2}modified a\.txt\nUntracked:\n {2}b\.ts/,
    )
    expect(results[1]).toMatch(/^M a\.txt \(\+1 -1\)\n\ndiff --git a\/a\.txt b\/a\.txt\n[\s\S]*-one\n\+two$/)
    expect(results[2]).toMatch(/^\w{12} \S+ A\n {4}First\n {4}Why\.$/)
    expect(results[3]).toMatch(/A a\.txt \(\+1 -0\)/)
    expect(results.slice(4)).toEqual([
      'one\n',
      'b.ts (TypeScript)\n1-1 exported const b: number = 1',
      'Hi Ann',
      'Give a template, or a path.',
      '## A\n\n- b\n',
      '(exit code 0)\nstdout:\ntwo',
      expect.stringMatching(/^\(ended after \d+ ms: its time was up\)$/),
      '(no changes)',
    ])
  })
})
