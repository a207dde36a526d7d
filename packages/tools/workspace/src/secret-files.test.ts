import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, InvalidArgument } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { editFile } from './edit/edit-file.ts'
import { gitDiff } from './git/git-diff.ts'
import { gitFile } from './git/git-show.ts'
import { glob } from './glob.ts'
import { grep } from './grep.ts'
import { readFile } from './read-file.ts'
import { type SecretsOption, toIsSecret } from './secret-files.ts'
import { workspaceTools } from './workspace-tools.ts'
import { createWorkspace, type Workspace } from './workspace.ts'
import { writeFile } from './write-file.ts'

const canary = 'CANARY-7f3a'
let root: string
let workspace: Workspace
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-secret-'))
  workspace = createWorkspace({ root })
  mkdirSync(join(root, 'app'))
  writeFileSync(join(root, 'app/.env'), `KEY=${canary}\n`)
  writeFileSync(join(root, 'app/.env.example'), 'KEY=\n')
  symlinkSync('app/.env', join(root, 'notes.txt'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})
const secret = { code: 'secret' }

describe('files that hold credentials', () => {
  it('are not read, written or edited, by no name', async () => {
    for (const path of ['app/.env', './app/../app/.env', 'notes.txt']) {
      await expect(readFile(workspace, { path })).rejects.toMatchObject(secret)
      await expect(writeFile(workspace, { path, text: 'x' })).rejects.toMatchObject(secret)
      const edits = [{ oldText: 'KEY', newText: 'x' }]
      await expect(editFile(workspace, { path, edits })).rejects.toMatchObject(secret)
      await expect(grep(workspace, { pattern: 'KEY', path })).rejects.toMatchObject(secret)
    }
    await expect(writeFile(workspace, { path: 'new/id_rsa', text: 'x' })).rejects.toMatchObject(secret)
    expect(readFileSync(join(root, 'app/.env'), 'utf8')).toBe(`KEY=${canary}\n`)
    // Negative controls: what only looks like one, and the option.
    expect((await readFile(workspace, { path: 'app/.env.example' })).text).toBe('KEY=\n')
    const open = createWorkspace({ root, secrets: 'allow' })
    expect((await readFile(open, { path: 'notes.txt' })).text).toContain(canary)
    await writeFile(open, { path: 'app/.env', text: 'x' })
    expect(readFileSync(join(root, 'app/.env'), 'utf8')).toBe('x')
  })

  it('are named, and searched by nobody', async () => {
    expect((await glob(workspace, { pattern: '**/.env*' })).paths).toEqual(['app/.env', 'app/.env.example'])
    const { matches, skipped } = await grep(workspace, { pattern: 'KEY' })
    expect([matches.map(({ path }) => path), skipped]).toEqual([['app/.env.example'], 1])
  })

  it('never reach the transcript of an agent', async () => {
    const calls = [
      { name: 'readFile', input: { path: 'app/.env' } },
      { name: 'grep', input: { pattern: '.', includeIgnored: true } },
      { name: 'applyTemplate', input: { path: 'notes.txt', data: {} } },
    ].map((call) => ({ toolCalls: [call] }))
    const run = async (secrets?: SecretsOption) => {
      const model = scriptedModel([...calls, 'done'])
      const { messages } = await createAgent({ model, tools: workspaceTools({ root, secrets }) }).run('go')
      return JSON.stringify(messages)
    }
    const transcript = await run()
    expect(transcript).not.toContain(canary)
    expect(transcript).toContain('may hold credentials')
    expect(await run('allow')).toContain(canary)
  })

  it('are not shown by git', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], {
        cwd: root,
        timeout: 10_000,
      })
    git('init', '-q')
    git('add', '-f', '.')
    git('commit', '-q', '-m', 'x')
    writeFileSync(join(root, 'app/.env'), `KEY=${canary}\nMORE=${canary}\n`)
    writeFileSync(join(root, 'app/.env.example'), 'KEY=1\n')
    await expect(gitFile(workspace, { path: 'app/.env' })).rejects.toMatchObject(secret)
    const { patch, files } = await gitDiff(workspace)
    expect(patch).not.toContain(canary)
    expect(patch).toContain('diff --git a/app/.env b/app/.env\n(may hold credentials: not shown)\n')
    expect(patch).toContain('+KEY=1')
    expect(files.map(({ path }) => path)).toEqual(['app/.env', 'app/.env.example'])
    const many = Array.from({ length: 20 }, (_, index) => `KEY_${index}=1\n`).join('')
    writeFileSync(join(root, 'app/.env'), many)
    git('commit', '-q', '-a', '-m', 'y')
    git('mv', 'app/.env', 'plain.txt')
    writeFileSync(join(root, 'plain.txt'), `${many}KEY=${canary}\n`)
    git('add', '-A')
    expect((await gitDiff(workspace, { staged: true })).patch).not.toContain(canary)
    const open = createWorkspace({ root, secrets: 'allow' })
    expect((await gitDiff(open, { staged: true })).patch).toContain(canary)
  })

  it('are those that a function names, in place of the list', async () => {
    const own = createWorkspace({ root, secrets: (path) => path.startsWith('app/') })
    await expect(readFile(own, { path: 'app/.env.example' })).rejects.toMatchObject(secret)
    writeFileSync(join(root, '.env'), 'x')
    expect((await readFile(own, { path: '.env' })).text).toBe('x')
    const wrong: unknown = 'ask'
    const isOption = (value: unknown): value is SecretsOption => value !== undefined
    expect(() => isOption(wrong) && createWorkspace({ root, secrets: wrong })).toThrow(InvalidArgument)
  })

  it('are known by their folder below a home, unless the root itself was chosen there', () => {
    const isSecret = toIsSecret('deny', homedir())
    expect(['.ssh/config', '.kube/config', 'project/main.ts'].map(isSecret)).toEqual([true, true, false])
    const inside = toIsSecret('deny', join(homedir(), '.claude/worktrees/a'))
    expect(['src/main.ts', '.env'].map(inside)).toEqual([false, true])
  })

  it('are read by another name that is no link: a hard link says nothing', async () => {
    linkSync(join(root, 'app/.env'), join(root, 'hard'))
    expect((await readFile(workspace, { path: 'hard' })).text).toContain(canary)
  })
})
