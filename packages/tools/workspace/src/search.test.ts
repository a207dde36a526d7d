import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { glob } from './glob.ts'
import { grep } from './grep.ts'
import { listDirectory } from './list-directory.ts'
import { createWorkspace, type Workspace, type WorkspaceLimits } from './workspace.ts'

let root: string
const open = (limits: Partial<WorkspaceLimits> = {}): Workspace => createWorkspace({ root, limits })

const files: Record<string, string | Buffer> = {
  '.gitignore': 'build/\n*.log\n!kept.log\n/only-here.txt\n',
  '.git/config': 'needle',
  '.github/ci.yml': 'steps: needle',
  'readme.md': '# Title\n\nA Needle here.\nThe end.\n',
  'only-here.txt': 'needle',
  'build/out.js': 'needle',
  'a.log': 'needle',
  'kept.log': 'needle',
  'src/main.ts': 'const a = 1\nconst needle = a\nexport { needle }\n',
  'src/only-here.txt': 'hay',
  'src/deep/.gitignore': '*.tmp\n!kept.log\n',
  'src/deep/x.tmp': 'needle',
  'src/deep/x.ts': `const long = "${'x'.repeat(1000)}needle${'y'.repeat(1000)}"`,
  'src/sub/.git/HEAD': 'needle',
  'image.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1, 2]),
  'new\nline.txt': 'needle',
  'back\\slash.txt': 'needle',
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-search-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  for (let folder = 0; folder < 50; folder += 1) {
    const path = join(root, 'many', `f${folder}`)
    mkdirSync(path, { recursive: true })
    for (let file = 0; file < 40; file += 1) writeFileSync(join(path, `${file}.dat`), 'hay')
  }
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('listDirectory', () => {
  it('lists one folder, sorted, without git and ignored files', async () => {
    const { entries, truncated } = await listDirectory(open())
    expect(entries.map(({ path }) => path)).toEqual([
      '.github',
      '.gitignore',
      'back\\slash.txt',
      'image.png',
      'kept.log',
      'many',
      'new\nline.txt',
      'readme.md',
      'src',
    ])
    expect(entries.find(({ path }) => path === 'image.png')).toEqual({
      path: 'image.png',
      kind: 'file',
      bytes: 8,
    })
    expect(entries.find(({ path }) => path === 'back\\slash.txt')).toMatchObject({ kind: 'other' })
    expect(truncated).toBe(false)
  })

  it('lists what is ignored when asked to, but never git itself', async () => {
    const { entries } = await listDirectory(open(), { includeIgnored: true })
    const names = entries.map(({ path }) => path)
    expect(names).toEqual(expect.arrayContaining(['a.log', 'build', 'only-here.txt']))
    expect(names).not.toContain('.git')
    expect((await listDirectory(open(), { path: 'build' })).entries).toHaveLength(1)
  })

  it('lists a tree to a depth', async () => {
    const { entries } = await listDirectory(open(), { path: './src/', depth: 2 })
    expect(entries.map(({ path }) => path)).toEqual([
      'src/deep',
      'src/deep/.gitignore',
      'src/deep/x.ts',
      'src/main.ts',
      'src/only-here.txt',
      'src/sub',
    ])
  })

  it('stops at its bounds and says so', async () => {
    const listing = await listDirectory(open({ entries: 3 }))
    expect(listing).toMatchObject({ truncated: true, entries: { length: 3 } })
    const visits: number[] = []
    const bounded = await listDirectory(open({ visited: 100 }), {
      depth: 9,
      onProgress: ({ visited }) => visits.push(visited),
    })
    expect(bounded.truncated).toBe(true)
    expect(Math.max(...visits)).toBe(100)
  })

  it.each([
    ['missing', 'not-found'],
    ['readme.md', 'not-a-folder'],
    ['../', 'outside-workspace'],
  ])('refuses %j', async (path, code) => {
    await expect(listDirectory(open(), { path })).rejects.toMatchObject({ code })
  })
})

describe('glob', () => {
  it.each([
    ['**/*.ts', ['src/deep/x.ts', 'src/main.ts']],
    ['./src/*.ts', ['src/main.ts']],
    ['*.md', ['readme.md']],
    ['src/main.ts', ['src/main.ts']],
    ['src/{main,other}.*', ['src/main.ts']],
    ['**/*.yml', ['.github/ci.yml']],
    ['**/*.log', ['kept.log']],
    ['build/**', ['build/out.js']],
    ['.git/**', undefined],
    ['no-such-folder/**', []],
    ['new*', ['new\nline.txt']],
  ])('finds %j', async (pattern, expected) => {
    const finding = glob(open(), { pattern })
    if (expected) expect((await finding).paths).toEqual(expected)
    else await expect(finding).rejects.toMatchObject({ code: 'hidden' })
  })

  it('takes patterns relative to its path', async () => {
    expect((await glob(open(), { pattern: '*.ts', path: 'src' })).paths).toEqual(['src/main.ts'])
    expect((await glob(open(), { pattern: 'deep/*.ts', path: 'src' })).paths).toEqual(['src/deep/x.ts'])
  })

  it.each([
    ['', 'invalid-pattern'],
    ['../*', 'invalid-pattern'],
    ['src/../../*', 'invalid-pattern'],
    ['/etc/*', 'invalid-pattern'],
    ['a\0b', 'invalid-pattern'],
    ['*'.repeat(2000), 'invalid-pattern'],
  ])('refuses %j', async (pattern, code) => {
    await expect(glob(open(), { pattern })).rejects.toMatchObject({ code })
  })

  it('is bounded in results, visits and time', async () => {
    expect(await glob(open({ entries: 5 }), { pattern: '**' })).toMatchObject({
      truncated: true,
      paths: { length: 5 },
    })
    expect(await glob(open({ visited: 20 }), { pattern: '**/*.dat' })).toMatchObject({ truncated: true })
    const folder = join(root, 'many/slow')
    mkdirSync(folder)
    writeFileSync(join(folder, 'a'.repeat(200)), '')
    const slow = glob(open({ patternMs: 20 }), { pattern: `${'*a'.repeat(40)}*b`, path: 'many/slow' })
    await expect(slow).rejects.toMatchObject({ code: 'slow-pattern' })
    rmSync(folder, { recursive: true })
  })

  it('honours an abort on the way', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let batches = 0
    const onProgress = (): void => {
      batches += 1
      if (batches === 3) controller.abort(reason)
    }
    await expect(glob(open(), { pattern: '**', signal: controller.signal, onProgress })).rejects.toBe(reason)
    expect(batches).toBe(3)
  })
})

describe('grep', () => {
  const lines = async (options: Parameters<typeof grep>[1]): Promise<string[]> =>
    (await grep(open(), options)).matches.map(({ path, line }) => `${path}:${line}`)

  it('finds lines in text files that are not ignored', async () => {
    const result = await grep(open(), { pattern: 'needle' })
    expect(result.matches.map(({ path, line }) => `${path}:${line}`)).toEqual([
      'kept.log:1',
      'new\nline.txt:1',
      '.github/ci.yml:1',
      'src/main.ts:2',
      'src/main.ts:3',
      'src/deep/x.ts:1',
    ])
    expect(result).toMatchObject({ skipped: 1 })
    expect(result).not.toHaveProperty('truncated')
  })

  it('takes case, text and files into account', async () => {
    expect(await lines({ pattern: 'NEEDLE', ignoreCase: true, glob: '*.md' })).toEqual(['readme.md:3'])
    expect(await lines({ pattern: '(?i)NEEDLE', path: 'readme.md' })).toEqual(['readme.md:3'])
    expect(await lines({ pattern: '{ needle }', literal: true, glob: 'src/*.ts' })).toEqual(['src/main.ts:3'])
    expect(await lines({ pattern: '^export \\{', path: 'src', glob: '*.ts' })).toEqual(['src/main.ts:3'])
    expect(await lines({ pattern: 'T\\-?itle|^$', path: 'readme.md' })).toEqual([
      'readme.md:1',
      'readme.md:2',
    ])
    expect(await lines({ pattern: 'needle', path: 'build' })).toEqual(['build/out.js:1'])
  })

  it('shows the lines around', async () => {
    const { matches } = await grep(open(), { pattern: 'Needle', path: 'readme.md', context: 2 })
    expect(matches).toEqual([
      { path: 'readme.md', line: 3, text: 'A Needle here.', before: ['# Title', ''], after: ['The end.'] },
    ])
  })

  it('shortens long lines around their match', async () => {
    const [match] = (await grep(open({ lineChars: 40 }), { pattern: 'needle', path: 'src/deep/x.ts' }))
      .matches
    expect(match?.text).toBe(`…${'x'.repeat(10)}needle${'y'.repeat(24)}…`)
  })

  it.each([
    ['', 'invalid-pattern'],
    ['(', 'invalid-pattern'],
    ['a'.repeat(1001), 'invalid-pattern'],
  ])('refuses the pattern %j', async (pattern, code) => {
    await expect(grep(open(), { pattern })).rejects.toMatchObject({ code })
  })

  it.each(['(a+)+$', '(a|a)*$', '(.*a){25}$', '^(\\w+\\s?)*$'])(
    'stops %j where it backtracks for ever',
    async (pattern) => {
      writeFileSync(join(root, 'evil.dat'), `${'a'.repeat(60)}!\n`)
      const searching = grep(open({ patternMs: 30 }), { pattern, path: 'evil.dat' })
      await expect(searching).rejects.toMatchObject({ code: 'slow-pattern', path: pattern })
      expect((await grep(open(), { pattern, path: 'evil.dat', literal: true })).matches).toEqual([])
      rmSync(join(root, 'evil.dat'))
    },
  )

  it('refuses a binary or too large file asked for by name, and skips it otherwise', async () => {
    await expect(grep(open(), { pattern: 'x', path: 'image.png' })).rejects.toMatchObject({ code: 'binary' })
    const small = open({ fileBytes: 20 })
    await expect(grep(small, { pattern: 'x', path: 'src/main.ts' })).rejects.toMatchObject({
      code: 'too-large',
    })
    expect(await grep(small, { pattern: 'x', path: 'src' })).toMatchObject({ searched: 2, skipped: 2 })
  })

  it('says which bound ended it', async () => {
    expect(await grep(open({ matches: 2 }), { pattern: 'needle' })).toMatchObject({
      truncated: 'matches',
      matches: { length: 2 },
    })
    expect(await grep(open({ resultChars: 30 }), { pattern: 'needle' })).toMatchObject({
      truncated: 'resultChars',
    })
    expect(await grep(open({ visited: 30 }), { pattern: 'needle' })).toMatchObject({ truncated: 'visited' })
    expect(await grep(open({ searchMs: 1 }), { pattern: 'no such text' })).toMatchObject({
      truncated: 'searchMs',
    })
  })

  it('honours an abort on the way', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = (): void => controller.abort(reason)
    await expect(grep(open(), { pattern: 'x', signal: controller.signal, onProgress })).rejects.toBe(reason)
  })
})
