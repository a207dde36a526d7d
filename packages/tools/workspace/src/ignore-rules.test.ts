import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { glob } from './glob.ts'
import { createWorkspace } from './workspace.ts'

let base: string
let top: string
const write = (path: string, text = 'x'): void => {
  mkdirSync(dirname(join(top, path)), { recursive: true })
  writeFileSync(join(top, path), text)
}
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], {
    cwd: top,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
  })
const files = async (root: string, path?: string): Promise<readonly string[]> =>
  (await glob(createWorkspace({ root }), { pattern: '**/*', path })).paths

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'ashlar-ignore-')))
  top = join(base, 'top')
  mkdirSync(top)
  git('init', '-q')
  write('.gitignore', 'dist/\n/packages/a/only.txt\n*.log\n')
  write('packages/.gitignore', '!kept.log\n')
  write('.git/info/exclude', 'excluded.md\n/packages/a/mine.txt\n')
  for (const name of [
    'src.ts',
    'dist/out.js',
    'only.txt',
    'mine.txt',
    'a.log',
    'kept.log',
    'excluded.md',
    'b/only.txt',
  ])
    write(`packages/a/${name}`)
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

describe('what a repository ignores', () => {
  it('is ignored below a root that is one of its folders, as git does', async () => {
    const root = join(top, 'packages/a')
    expect(await files(root)).toEqual(['b/only.txt', 'kept.log', 'src.ts'])
    const said = git('ls-files', '-o', '--exclude-standard', 'packages/a').trim().split('\n')
    expect((await files(root)).map((path) => `packages/a/${path}`)).toEqual(said)
    expect(await files(top, 'packages/a')).toEqual(said)
    // Negative control: without the repository nothing is.
    rmSync(join(top, '.git'), { recursive: true })
    expect(await files(root)).toContain('dist/out.js')
  })

  it('is shown when the root itself is ignored', async () => {
    write('dist/build.log')
    write('dist/main.js')
    expect(await files(join(top, 'dist'))).toEqual(['build.log', 'main.js'])
  })

  it('holds in a linked worktree, the common exclusions too', async () => {
    git('add', '.gitignore', 'packages/a/src.ts')
    git('commit', '-q', '-m', 'x')
    const linked = join(base, 'linked')
    git('worktree', 'add', '-q', '-b', 'other', linked)
    for (const name of ['excluded.md', 'a.log', 'new.ts'])
      writeFileSync(join(linked, 'packages/a', name), 'x')
    expect(await files(join(linked, 'packages/a'))).toEqual(['new.ts', 'src.ts'])
  })

  it('is ended by a file of rules that is none', async () => {
    rmSync(join(top, '.gitignore'))
    mkdirSync(join(top, '.gitignore'))
    write('.git/info/exclude', 'x'.repeat(1024 * 1024 + 1))
    expect(await files(join(top, 'packages/a'))).toContain('dist/out.js')
  })
})
