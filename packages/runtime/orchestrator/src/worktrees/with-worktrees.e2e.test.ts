import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBarrier } from '../together/barrier.ts'
import { type Worktree, withWorktrees } from './index.ts'
import { WorktreeError } from './worktree-error.ts'

let base = ''
let repo = ''
/** Where the worktrees are made. */
let folder = ''

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@t', '-c', 'commit.gpgSign=false', ...args], {
    cwd: repo,
    encoding: 'utf8',
  }).trim()

const put = (name: string, text: string): Promise<void> => writeFile(join(repo, name), text)
const read = (name: string): Promise<string> => readFile(join(repo, name), 'utf8')

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'ashlar-repo-')))
  repo = join(base, 'repo')
  folder = join(base, 'worktrees')
  await mkdir(repo)
  await mkdir(folder)
  git('init', '--quiet', '-b', 'main')
  await put('poem.txt', 'one\ntwo\nthree\nfour\nfive\n')
  await put('old.txt', 'old\n')
  git('add', '.')
  git('commit', '--quiet', '-m', 'Begin')
})
afterEach(() => rm(base, { recursive: true, maxRetries: 5 }))

/** Nothing is left of any run but the branches named. */
const expectClean = async (branches: readonly string[] = []): Promise<void> => {
  expect(await readdir(folder)).toEqual([])
  expect(git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1)
  const left = git('for-each-ref', '--format=%(refname:short)', 'refs/heads/ashlar')
  expect(left.split('\n').filter(Boolean).toSorted()).toEqual([...branches].toSorted())
  expect(await readdir(join(repo, '.git/ashlar-worktrees')).catch(() => [])).toEqual([])
  expect(git('status', '--porcelain')).toBe('')
}

interface Edit {
  readonly id: string
  readonly files: Readonly<Record<string, string | null>>
}

const edit = async ({ files }: Edit, { folder: at }: Worktree): Promise<string> => {
  for (const [name, text] of Object.entries(files))
    await (text === null ? rm(join(at, name)) : writeFile(join(at, name), text))
  return 'edited'
}

const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('withWorktrees', () => {
  it('merges what does not conflict, in the order of the tasks', async () => {
    const tasks: Edit[] = [
      { id: 'top', files: { 'poem.txt': 'ONE\ntwo\nthree\nfour\nfive\n', 'new.txt': 'new\n' } },
      { id: 'bottom', files: { 'poem.txt': 'one\ntwo\nthree\nfour\nFIVE\n', 'old.txt': null } },
      { id: 'idle', files: {} },
    ]
    const before = git('rev-parse', 'HEAD')
    const result = await withWorktrees({ repo, tasks }, edit, { folder })
    expect(result.tasks).toEqual([
      { id: 'top', state: 'merged', output: 'edited', files: ['new.txt', 'poem.txt'], conflicts: [] },
      { id: 'bottom', state: 'merged', output: 'edited', files: ['old.txt', 'poem.txt'], conflicts: [] },
      { id: 'idle', state: 'unchanged', output: 'edited', files: [], conflicts: [] },
    ])
    expect(await read('poem.txt')).toBe('ONE\ntwo\nthree\nfour\nFIVE\n')
    expect((await readdir(repo)).toSorted()).toEqual(['.git', 'new.txt', 'poem.txt'])
    expect([result.base, result.head]).toEqual([before, git('rev-parse', 'HEAD')])
    expect(git('branch', '--show-current')).toBe('main')
    expect(git('log', '--format=%s', '--first-parent')).toBe('Merge bottom\nMerge top\nBegin')
    await expectClean()
  })

  it('reports a conflict by file and hunk, merges nothing of that task, and goes on', async () => {
    const tasks: Edit[] = [
      { id: 'first', files: { 'poem.txt': 'one\nTWO\nthree\nfour\nfive\n', 'old.txt': null } },
      {
        id: 'second',
        files: { 'poem.txt': 'one\n2\nthree\nfour\nfive\n', 'old.txt': 'changed\n', 'mine.txt': 'x' },
      },
      { id: 'third', files: { 'poem.txt': 'one\ntwo\nthree\nfour\n5\n' } },
    ]
    const result = await withWorktrees({ repo, tasks }, edit, { folder })
    const branch = result.tasks[1]?.branch ?? ''
    expect(result.tasks.map(({ state }) => state)).toEqual(['merged', 'conflict', 'merged'])
    expect(result.tasks[1]?.conflicts).toEqual([
      {
        path: 'old.txt',
        kinds: ['modify/delete'],
        messages: [expect.stringContaining('old.txt')],
        hunks: [],
      },
      {
        path: 'poem.txt',
        kinds: ['contents'],
        messages: [expect.stringContaining('poem.txt')],
        hunks: [{ line: 2, ours: 'TWO\n', theirs: '2\n' }],
      },
    ])
    expect(await read('poem.txt')).toBe('one\nTWO\nthree\nfour\n5\n')
    expect(await readdir(repo)).not.toContain('mine.txt')
    // Nothing is lost: it is on its branch.
    expect(git('show', `${branch}:mine.txt`)).toBe('x')
    await expectClean([branch])
  })

  it('merges nothing at all where a conflict holds everything', async () => {
    const tasks: Edit[] = [
      { id: 'a', files: { 'poem.txt': 'a\n' } },
      { id: 'b', files: { 'poem.txt': 'b\n' } },
    ]
    const result = await withWorktrees({ repo, tasks }, edit, { folder, onConflict: 'hold' })
    expect(result.tasks.map(({ state }) => state)).toEqual(['held', 'conflict'])
    expect(result.head).toBe(result.base)
    expect(git('log', '--format=%s')).toBe('Begin')
    await expectClean(result.tasks.map(({ branch }) => branch ?? ''))
  })

  it('merges nothing of work that failed, and all of the rest', async () => {
    const tasks = [{ id: 'good' }, { id: 'bad' }]
    const result = await withWorktrees(
      { repo, tasks },
      async ({ id }, worktree) => {
        await writeFile(join(worktree.folder, `${id}.txt`), id)
        if (id === 'bad') throw new Error('no')
      },
      { folder },
    )
    expect(result.tasks).toMatchObject([{ state: 'merged' }, { state: 'failed', error: new Error('no') }])
    expect((await readdir(repo)).filter((name) => /^(good|bad)/.test(name))).toEqual(['good.txt'])
    await expectClean()
  })

  it('takes what the work committed itself, on whatever branch', async () => {
    const result = await withWorktrees(
      { repo, tasks: [{ id: 'own' }] },
      async (_, { folder: at }) => {
        await writeFile(join(at, 'own.txt'), 'own')
        const here = { cwd: at }
        execFileSync('git', ['checkout', '--quiet', '-b', 'elsewhere'], here)
        execFileSync('git', ['add', '.'], here)
        execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@t', 'commit', '-qm', 'Mine'], here)
      },
      { folder },
    )
    expect(result.tasks[0]?.state).toBe('merged')
    expect(await read('own.txt')).toBe('own')
  })

  it('runs so many at once', async () => {
    let running = 0
    let most = 0
    const meeting = createBarrier(2)
    const tasks = ['a', 'b', 'c', 'd'].map((id) => ({ id }))
    await withWorktrees(
      { repo, tasks },
      async () => {
        most = Math.max(most, ++running)
        // Two at a time meet here; one at a time would never go on.
        await meeting.arrive()
        running -= 1
      },
      { folder, concurrency: 2 },
    )
    expect(most).toBe(2)
  })

  it('is aborted: waits for the work, or leaves it behind, and merges and leaves nothing', async () => {
    const controller = new AbortController()
    const meeting = createBarrier(2)
    const ended: string[] = []
    const tasks = [{ id: 'polite' }, { id: 'deaf' }, { id: 'waiting' }]
    const running = errorOf(
      withWorktrees(
        { repo, tasks },
        async ({ id }, worktree) => {
          await writeFile(join(worktree.folder, `${id}.txt`), id)
          const aborted = once(worktree.signal, 'abort')
          await meeting.arrive()
          if (id === 'deaf') {
            controller.abort(new Error('enough'))
            await new Promise(() => {})
          }
          await aborted
          ended.push(id)
        },
        { folder, concurrency: 2, signal: controller.signal, graceMs: 50 },
      ),
    )
    expect(await running).toBe(controller.signal.reason)
    expect(ended).toEqual(['polite'])
    expect(git('log', '--format=%s')).toBe('Begin')
    await expectClean()
    expect(await errorOf(withWorktrees({ repo, tasks }, edit as never, { signal: controller.signal }))).toBe(
      controller.signal.reason,
    )
  })

  it('cleans up at the next start what a killed process left behind, and nothing of a live one', async () => {
    const fixture = join(import.meta.dirname, '../../fixtures/worktrees-to-kill.ts')
    const child = spawn(process.execPath, [fixture, repo, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(3)
    await withWorktrees({ repo, tasks: [{ id: 'a' }] }, () => {}, { folder })
    expect(git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(3)
    child.kill('SIGKILL')
    await once(child, 'close')
    await withWorktrees({ repo, tasks: [] }, () => {}, { folder })
    await expectClean()
    expect(await readdir(repo)).not.toContain('a.txt')
  })

  it('runs no hook, and no program of the environment', async () => {
    const spy = join(base, 'spied')
    for (const hook of [
      'post-checkout',
      'pre-commit',
      'commit-msg',
      'post-commit',
      'post-merge',
      'reference-transaction',
    ]) {
      await writeFile(join(repo, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${spy}\n`)
      await chmod(join(repo, '.git/hooks', hook), 0o755)
    }
    git('worktree', 'prune')
    process.env['GIT_DIR'] = join(base, 'nowhere')
    process.env['GIT_EDITOR'] = `touch ${spy}`
    try {
      const result = await withWorktrees({ repo, tasks: [{ id: 'a', files: { a: 'a' } }] }, edit, { folder })
      expect(result.tasks[0]?.state).toBe('merged')
    } finally {
      delete process.env['GIT_DIR']
      delete process.env['GIT_EDITOR']
    }
    expect(await readFile(spy, 'utf8').catch(() => 'not run')).toBe('not run')
    // The hooks are real: git itself runs them.
    git('commit', '--quiet', '--allow-empty', '-m', 'By hand')
    expect(await readFile(spy, 'utf8')).toContain('pre-commit')
  })

  it('refuses a repository with changes, and leaves them alone', async () => {
    await put('poem.txt', 'changed\n')
    await put('unknown.txt', 'unknown\n')
    const error = await errorOf(withWorktrees({ repo, tasks: [{ id: 'a' }] }, () => {}, { folder }))
    expect(WorktreeError.isInstance(error) && [error.code, error.message]).toEqual([
      'dirty',
      `${repo} has changes that are in no commit (poem.txt, unknown.txt): commit or remove them first`,
    ])
    expect(await read('poem.txt')).toBe('changed\n')
  })

  it('merges nothing where the repository changed in its way meanwhile', async () => {
    const error = await errorOf(
      withWorktrees(
        { repo, tasks: [{ id: 'a', files: { 'poem.txt': 'a\n' } }] },
        async (task, worktree) => {
          await put('poem.txt', 'by hand\n')
          return edit(task, worktree)
        },
        { folder },
      ),
    )
    expect(WorktreeError.isInstance(error) && error.code).toBe('moved')
    expect(await read('poem.txt')).toBe('by hand\n')
    expect(git('log', '--format=%s')).toBe('Begin')
    const branch = git('for-each-ref', '--format=%(refname:short)', 'refs/heads/ashlar')
    expect(git('show', `${branch}:poem.txt`)).toBe('a')
    expect(await readdir(folder)).toEqual([])
  })

  it('refuses what is no repository, has no commit, or is being merged', async () => {
    const codeOf = async (at: string): Promise<unknown> => {
      const error = await errorOf(withWorktrees({ repo: at, tasks: [] }, () => {}, { folder }))
      return WorktreeError.isInstance(error) ? error.code : error
    }
    expect(await codeOf(base)).toBe('not-a-repository')
    await mkdir(join(base, 'empty'))
    execFileSync('git', ['init', '--quiet'], { cwd: join(base, 'empty') })
    expect(await codeOf(join(base, 'empty'))).toBe('not-a-repository')
    await writeFile(join(repo, '.git/MERGE_HEAD'), git('rev-parse', 'HEAD'))
    expect(await codeOf(repo)).toBe('busy')
  })

  it.each([[['a b']], [['../x']], [['-x']], [['a', 'A']]])('refuses the ids %j', async (ids) => {
    const tasks = ids.map((id) => ({ id }))
    await expect(withWorktrees({ repo, tasks }, () => {}, { folder })).rejects.toThrow(InvalidArgument)
  })

  it('is the same as one task after the other, or says where it is not', async () => {
    const change = fc.record({ line: fc.nat(2), text: fc.constantFrom('x', 'y') })
    const original = Array.from({ length: 13 }, (_, i) => `line ${i}`)
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        await put('poem.txt', `${original.join('\n')}\n`)
        git('add', '.')
        git('commit', '--quiet', '--allow-empty', '-m', 'Again')
        const tasks = changes.map(({ line, text }, i) => {
          const poem = original.with(line * 6, text)
          return { id: `t${i}`, files: { 'poem.txt': `${poem.join('\n')}\n` } }
        })
        // The first to change a line has it; another may only say the same.
        const expected = [...original]
        const states = changes.map(({ line, text }) => {
          const now = expected[line * 6]
          if (now !== original[line * 6] && now !== text) return 'conflict'
          expected[line * 6] = text
          return 'merged'
        })
        const result = await withWorktrees({ repo, tasks }, edit, { folder })
        expect(result.tasks.map(({ state }) => state)).toEqual(states)
        expect(await read('poem.txt')).toBe(`${expected.join('\n')}\n`)
      }),
      { numRuns: process.env['ASHLAR_SOAK'] ? 100 : 6 },
    )
  })
})
