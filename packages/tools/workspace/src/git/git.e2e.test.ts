import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorkspace, type Workspace } from '../workspace.ts'
import { gitDiff } from './git-diff.ts'
import { gitLog } from './git-log.ts'
import { gitFile, gitShow } from './git-show.ts'
import { gitStatus } from './git-status.ts'

let base: string
let root: string
let workspace: Workspace
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: base, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5_000,
    killSignal: 'SIGKILL',
  })
const write = (path: string, text: string): void => writeFileSync(join(root, path), text)

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'ashlar-git-')))
  root = join(base, 'root')
  mkdirSync(root)
  git('init', '-q', '-b', 'main')
  workspace = createWorkspace({ root, limits: { resultChars: 5_000 } })
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

describe('a repository', () => {
  it('has a status before its first commit', async () => {
    write('new.txt', 'x')
    expect(await gitStatus(workspace)).toEqual({
      branch: 'main',
      changed: [],
      untracked: ['new.txt'],
      truncated: false,
    })
    expect(await gitLog(workspace)).toEqual({ commits: [], truncated: false })
    await expect(gitShow(workspace)).rejects.toMatchObject({ code: 'git' })
  })

  it('is shown as data', async () => {
    write('a b\n".txt', 'one\n'.repeat(10))
    write('.gitignore', 'ignored\n')
    git('add', '.')
    git('commit', '-q', '-m', 'First\n\nBecause.\nIt had to be.')
    renameSync(join(root, 'a b\n".txt'), join(root, '-moved'))
    write('staged', 'two\n')
    git('add', '-A')
    write('staged', 'three\n')
    write('ignored', 'x')
    write('bytes', 'a\0b')
    git('add', '-N', 'bytes')
    const status = await gitStatus(workspace)
    expect(status).toMatchObject({ branch: 'main', untracked: [], truncated: false })
    expect(status.changed).toEqual([
      { path: '-moved', from: 'a b\n".txt', staged: 'renamed' },
      { path: 'bytes', unstaged: 'added' },
      { path: 'staged', staged: 'added', unstaged: 'modified' },
    ])
    const staged = await gitDiff(workspace, { staged: true })
    expect(staged.files).toEqual([
      { path: '-moved', from: 'a b\n".txt', status: 'R', additions: 0, deletions: 0 },
      { path: 'staged', status: 'A', additions: 1, deletions: 0 },
    ])
    const unstaged = await gitDiff(workspace, { paths: ['staged'] })
    expect(unstaged.patch).toContain('\n-two\n+three\n')
    git('commit', '-q', '-m', 'Second')
    const { commits, truncated } = await gitLog(workspace, { limit: 1 })
    expect([commits.map(({ subject }) => subject), truncated]).toEqual([['Second'], true])
    expect((await gitLog(workspace, { path: 'staged' })).commits).toHaveLength(1)
    const shown = await gitShow(workspace, { revision: 'HEAD~1' })
    expect(shown.commit).toMatchObject({
      subject: 'First',
      body: 'Because.\nIt had to be.',
      author: 'Ann',
      parents: [],
    })
    expect(shown.files.map(({ path }) => path)).toEqual(['.gitignore', 'a b\n".txt'])
    expect((await gitFile(workspace, { path: 'staged' })).text).toBe('two\n')
    const between = await gitDiff(workspace, { from: 'HEAD~1', to: 'HEAD' })
    expect(between.files).toHaveLength(2)
  })

  it('is cut off at the limits', async () => {
    write('long', 'line\n'.repeat(5_000))
    git('add', '.')
    const { patch, truncated } = await gitDiff(workspace, { staged: true })
    expect(truncated).toBe(true)
    expect(patch.length).toBeLessThanOrEqual(5_000)
    expect(patch.endsWith('+line\n')).toBe(true)
  })

  it.each(['--output=x', '-p', 'HEAD:secret', 'a..b', ':/text', '', 'a b'])(
    'takes %j for no revision',
    async (revision) => {
      await expect(gitShow(workspace, { revision })).rejects.toMatchObject({ code: 'git' })
      await expect(gitLog(workspace, { revision })).rejects.toMatchObject({ code: 'git' })
    },
  )

  it('stays inside', async () => {
    write('x', 'x')
    git('add', '.')
    git('commit', '-q', '-m', 'x')
    await expect(gitDiff(workspace, { paths: ['/etc/passwd', '../x'] })).rejects.toMatchObject({
      code: 'outside-workspace',
    })
    await expect(gitFile(workspace, { path: '../x' })).rejects.toMatchObject({ code: 'outside-workspace' })
    await expect(gitStatus(workspace, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
  })
})

describe('a repository that leads outside', () => {
  const secret = (): string => {
    const other = join(base, 'other')
    execFileSync('git', ['init', '-q', other])
    return other
  }

  it.each([
    ['a .git file', (other: string) => write('.git', `gitdir: ${other}/.git\n`)],
    ['a .git link', (other: string) => symlinkSync(join(other, '.git'), join(root, '.git'))],
    [
      'linked objects',
      (other: string) => {
        git('init', '-q')
        rmSync(join(root, '.git/objects'), { recursive: true })
        symlinkSync(join(other, '.git/objects'), join(root, '.git/objects'))
      },
    ],
    [
      'borrowed objects',
      (other: string) => {
        git('init', '-q')
        writeFileSync(join(root, '.git/objects/info/alternates'), `${other}/.git/objects\n`)
      },
    ],
  ])('is refused: %s', async (_, make) => {
    const other = secret()
    rmSync(join(root, '.git'), { recursive: true })
    make(other)
    await expect(gitStatus(workspace)).rejects.toMatchObject({ code: 'outside-workspace' })
  })

  it('is not looked for above the root, and its work tree is the root', async () => {
    mkdirSync(join(root, 'sub'))
    await expect(gitStatus(createWorkspace({ root: join(root, 'sub') }))).rejects.toMatchObject({
      code: 'not-a-repository',
    })
    write('seen', 'x')
    writeFileSync(join(base, 'private'), 'x')
    git('config', 'core.worktree', base)
    expect((await gitStatus(workspace)).untracked).toEqual(['seen'])
  })
})

/** Every way known to make a reading command run a program. */
const plant = (): void => {
  const canary = (name: string): string => {
    const path = join(base, `canary-${name}`)
    writeFileSync(path, `#!/bin/sh\necho ${name} >> ${join(base, 'fired')}\nexit 0\n`, {
      mode: 0o755,
    })
    return path
  }
  write('a.txt', 'one\n')
  write('.gitattributes', '*.txt diff=own filter=own\n*.md diff=command\n')
  write('b.md', 'one\n')
  write('lost', 'lost\n')
  git('add', '.')
  git('commit', '-q', '-m', 'First')
  const tree = git('write-tree').trim()
  const signed = `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n\nSigned\n`
  const object = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], {
    cwd: root,
    input: signed,
    encoding: 'utf8',
  }).trim()
  git('update-ref', 'refs/heads/main', object)
  write('a.txt', 'two two\n')
  write('b.md', 'two two\n')
  mkdirSync(join(root, 'module'))
  execFileSync('git', ['init', '-q'], { cwd: join(root, 'module') })
  execFileSync(
    'git',
    ['-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x'],
    { cwd: join(root, 'module') },
  )
  git('add', 'module')
  execFileSync('git', ['config', 'core.fsmonitor', canary('module')], { cwd: join(root, 'module') })
  for (const hook of ['post-index-change', 'pre-commit', 'fsmonitor-watchman'])
    writeFileSync(join(root, '.git/hooks', hook), `#!/bin/sh\necho hook >> ${join(base, 'fired')}\n`, {
      mode: 0o755,
    })
  const settings = {
    'core.fsmonitor': canary('fsmonitor'),
    'diff.external': canary('external'),
    'diff.own.textconv': canary('textconv'),
    'diff.command.command': canary('command'),
    'filter.own.clean': canary('clean'),
    'filter.own.smudge': canary('smudge'),
    'core.pager': canary('pager'),
    'pager.log': canary('pager'),
    'log.showSignature': 'true',
    'gpg.program': canary('gpg'),
    'core.sshCommand': canary('ssh'),
    'core.askPass': canary('askpass'),
    'core.editor': canary('editor'),
    'alias.status': `!${canary('alias')}`,
    'credential.helper': canary('credential'),
    'remote.origin.url': `ext::${canary('remote')}`,
    'remote.origin.promisor': 'true',
    'remote.origin.uploadpack': canary('uploadpack'),
    'protocol.ext.allow': 'always',
    'extensions.partialClone': 'origin',
    'core.repositoryFormatVersion': '1',
    'diff.submodule': 'diff',
    'diff.ignoreSubmodules': 'none',
  }
  for (const [name, value] of Object.entries(settings)) git('config', name, value)
  const blob = git('rev-parse', 'HEAD:lost').trim()
  unlinkSync(join(root, '.git/objects', blob.slice(0, 2), blob.slice(2)))
}
const fired = (): string[] => {
  try {
    const text = execFileSync('sort', ['-u', join(base, 'fired')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.trim().split('\n')
  } catch {
    return []
  }
}

describe('a hostile repository', () => {
  it('runs nothing, where plain git runs nearly everything', async () => {
    plant()
    rmSync(join(base, 'fired'), { force: true })
    const calls = [
      () => gitStatus(workspace),
      () => gitDiff(workspace),
      () => gitDiff(workspace, { staged: true }),
      () => gitDiff(workspace, { from: 'HEAD' }),
      () => gitLog(workspace),
      () => gitShow(workspace),
      () => gitFile(workspace, { path: 'a.txt' }),
      () => gitFile(workspace, { path: 'lost' }),
    ]
    const outcomes: string[] = []
    for (const call of calls)
      outcomes.push(
        await call().then(
          () => 'done',
          ({ code }: { code: string }) => code,
        ),
      )
    expect(fired()).toEqual([])
    expect(outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThanOrEqual(6)
    expect(outcomes.every((outcome) => outcome === 'done' || outcome === 'git')).toBe(true)
    const plain = [
      ['status'],
      ['diff'],
      ['log', '-p'],
      ['show'],
      ['show', 'HEAD:lost'],
      ['diff', '--no-ext-diff'],
    ]
    for (const args of plain)
      try {
        git(...args)
      } catch {}
    for (const name of ['fsmonitor', 'external', 'textconv', 'clean', 'gpg', 'remote', 'module', 'hook'])
      expect(fired()).toContain(name)
  })
})

describe('a repository that is outside the root', () => {
  const commit = (): void => {
    git('add', '-A')
    git('commit', '-q', '-m', 'x')
  }

  it('is read for one of its folders where it is named, and shows that folder', async () => {
    mkdirSync(join(root, 'sub/deep'), { recursive: true })
    write('top.txt', 'one\n')
    write('sub/a.txt', 'one\n')
    commit()
    write('top.txt', 'two\n')
    write('sub/a.txt', 'two\n')
    write('sub/deep/new.txt', 'x')
    const options = { root: join(root, 'sub') }
    await expect(gitStatus(createWorkspace(options))).rejects.toMatchObject({ code: 'not-a-repository' })
    const sub = createWorkspace({ ...options, gitDir: join(root, '.git') })
    expect(await gitStatus(sub)).toMatchObject({
      changed: [{ path: 'a.txt', unstaged: 'modified' }],
      untracked: ['deep/'],
    })
    const { files, patch } = await gitDiff(sub)
    expect(files.map(({ path }) => path)).toEqual(['a.txt'])
    expect(patch).toContain('a/a.txt b/a.txt')
    expect((await gitFile(sub, { path: 'a.txt' })).text).toBe('one\n')
    expect((await gitLog(sub, { path: 'a.txt' })).commits).toHaveLength(1)
    expect((await gitShow(sub)).files.map(({ path }) => path)).toEqual(['a.txt'])
    await expect(gitFile(sub, { path: '../top.txt' })).rejects.toMatchObject({ code: 'outside-workspace' })
  })

  it('is read for a linked worktree where it is named', async () => {
    mkdirSync(join(root, 'sub'))
    write('sub/a.txt', 'one\n')
    commit()
    const linked = join(base, 'linked')
    git('worktree', 'add', '-q', '-b', 'other', linked)
    writeFileSync(join(linked, 'sub/a.txt'), 'two\n')
    await expect(gitStatus(createWorkspace({ root: linked }))).rejects.toMatchObject({
      code: 'outside-workspace',
    })
    for (const gitDir of [join(root, '.git'), join(linked, '.git')])
      expect(await gitStatus(createWorkspace({ root: linked, gitDir }))).toMatchObject({
        branch: 'other',
        changed: [{ path: 'sub/a.txt' }],
      })
    const sub = createWorkspace({ root: join(linked, 'sub'), gitDir: join(linked, '.git') })
    expect((await gitDiff(sub)).files).toMatchObject([{ path: 'a.txt', status: 'M' }])
  })

  it('is the one that was named, and no other', async () => {
    write('a.txt', 'one\n')
    commit()
    const stranger = join(base, 'stranger')
    mkdirSync(stranger)
    writeFileSync(join(stranger, '.git'), `gitdir: ${join(root, '.git')}\n`)
    const other = join(base, 'other.git')
    git('init', '-q', '--bare', other)
    const read = (gitDir: string) => gitStatus(createWorkspace({ root: stranger, gitDir }))
    await expect(read(other)).rejects.toMatchObject({ code: 'outside-workspace' })
    // Negative control: the one it says.
    expect(await read(join(root, '.git'))).toMatchObject({ branch: 'main' })
    expect(() => createWorkspace({ root, gitDir: join(base, 'none') })).toThrow('gitDir: expected')
  })
})
