import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
const help = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), ...args],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', OLLAMA_HOST: '127.0.0.1:1' },
      timeout: 15_000,
    },
  )
  return { code: status, out: stdout, err: stderr }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-helper-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('git-helper', () => {
  it('says how a repository stands and drafts a commit message', () => {
    git('init', '-q', '-b', 'main')
    writeFileSync(join(folder, 'a.txt'), 'one\n')
    git('add', '.')
    git('commit', '-q', '-m', 'Begin')
    renameSync(join(folder, 'a.txt'), join(folder, 'b.txt'))
    writeFileSync(join(folder, 'new.txt'), 'new\n')
    git('add', '-A')
    writeFileSync(join(folder, 'loose'), 'x')
    const before = git('status', '--porcelain')
    const { code, out, err } = help(folder)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Model: fixed rules/)
    expect(out).toMatch(
      /On branch main at [0-9a-f]{12}\nStaged:\n {2}renamed a\.txt → b\.txt\n {2}added new\.txt/,
    )
    expect(out).toMatch(/Untracked:\n {2}loose\n/)
    expect(out).toContain('Begin')
    expect(out).toContain('Commit message:\n\nChange b.txt, new.txt\n\n- Rename b.txt\n- Add new.txt\n')
    expect(git('status', '--porcelain')).toBe(before)
  })

  it('says when there is nothing to commit, and when there is no repository', () => {
    git('init', '-q')
    expect(help(folder)).toMatchObject({
      code: 0,
      out: expect.stringContaining('there is nothing to commit'),
    })
    rmSync(join(folder, '.git'), { recursive: true })
    expect(help(folder)).toMatchObject({ code: 1, err: expect.stringContaining('is no git repository') })
    expect(help('--x')).toMatchObject({ code: 2, err: 'Error: Usage: main.ts [folder]\n' })
  })
})
