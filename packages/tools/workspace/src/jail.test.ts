import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { glob } from './glob.ts'
import { grep } from './grep.ts'
import { listDirectory } from './list-directory.ts'
import { readFile } from './read-file.ts'
import { createWorkspace, type Workspace } from './workspace.ts'
import { writeFile } from './write-file.ts'

let base: string
let outside: string
let workspace: Workspace

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'ashlar-jail-')))
  outside = join(base, 'outside')
  for (const folder of ['root/inner/.git', 'outside/secrets'])
    mkdirSync(join(base, folder), { recursive: true })
  writeFileSync(join(base, 'root/inner/a.txt'), 'inside\n')
  writeFileSync(join(base, 'root/inner/.git/config'), 'token\n')
  writeFileSync(join(outside, 'a.txt'), 'secret\n')
  workspace = createWorkspace({ root: join(base, 'root') })
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

const link = (target: string, path: string): void => symlinkSync(target, join(base, 'root', path))

describe('reading through links', () => {
  it('follows a link that stays inside and says where it led', async () => {
    link('inner/a.txt', 'alias.txt')
    const file = await readFile(workspace, { path: 'alias.txt' })
    expect(file).toMatchObject({ path: 'inner/a.txt', text: 'inside\n' })
  })

  it.each([
    ['a link to a file', 'out.txt', 'out.txt'],
    ['a link to a folder', 'out', 'out/a.txt'],
    ['a link to a link', 'first', 'second/a.txt'],
    ['a relative link', 'relative', 'relative/a.txt'],
  ])('refuses %s outside', async (_, name, path) => {
    if (name === 'out.txt') link(join(outside, 'a.txt'), name)
    else if (name === 'relative') link('../outside', name)
    else link(outside, name)
    if (name === 'first') link('first', 'second')
    await expect(readFile(workspace, { path })).rejects.toMatchObject({ code: 'outside-workspace' })
    await expect(grep(workspace, { pattern: 'secret', path })).rejects.toMatchObject({
      code: 'outside-workspace',
    })
  })

  it('refuses a link into .git', async () => {
    link('inner/.git', 'config-of-git')
    await expect(readFile(workspace, { path: 'config-of-git/config' })).rejects.toMatchObject({
      code: 'hidden',
    })
  })

  it('refuses a dangling link and a loop of links', async () => {
    link('nowhere', 'dangling')
    link('loop', 'loop')
    await expect(readFile(workspace, { path: 'dangling' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(readFile(workspace, { path: 'loop' })).rejects.toMatchObject({ code: 'outside-workspace' })
  })

  it('refuses to list a folder outside, and lists links without following them', async () => {
    link(outside, 'out')
    await expect(listDirectory(workspace, { path: 'out' })).rejects.toMatchObject({
      code: 'outside-workspace',
    })
    await expect(glob(workspace, { pattern: 'out/*' })).rejects.toMatchObject({ code: 'outside-workspace' })
    const { entries } = await listDirectory(workspace, { depth: 5 })
    expect(entries.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'folder inner',
      'file inner/a.txt',
      'link out',
    ])
    expect((await glob(workspace, { pattern: '**' })).paths).toEqual(['inner/a.txt'])
    expect((await grep(workspace, { pattern: 'secret' })).matches).toEqual([])
  })

  it('ignores a .gitignore that is a link outside', async () => {
    writeFileSync(join(outside, 'rules'), '*\n')
    link(join(outside, 'rules'), '.gitignore')
    expect((await glob(workspace, { pattern: '**' })).paths).toEqual(['inner/a.txt'])
  })

  it('works on a root that is itself a link', async () => {
    symlinkSync(join(base, 'root'), join(base, 'alias'))
    const aliased = createWorkspace({ root: join(base, 'alias') })
    const { path } = await readFile(aliased, { path: join(base, 'alias/inner/a.txt') })
    expect(path).toBe('inner/a.txt')
  })
})

describe('what is no regular file', () => {
  it('refuses folders, pipes and sockets without opening them', async () => {
    execFileSync('mkfifo', [join(base, 'root/pipe')])
    const server = createServer().listen(join(base, 'root/socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    for (const path of ['inner', 'pipe', 'socket']) {
      await expect(readFile(workspace, { path })).rejects.toMatchObject({ code: 'not-a-file', path })
      await expect(writeFile(workspace, { path, text: 'x' })).rejects.toMatchObject({ code: 'not-a-file' })
    }
    expect((await grep(workspace, { pattern: 'inside' })).matches).toHaveLength(1)
    await new Promise((resolve) => server.close(resolve))
  })

  it('refuses a device reached by a link', async () => {
    link('/dev/zero', 'zero')
    await expect(readFile(workspace, { path: 'zero' })).rejects.toMatchObject({ code: 'outside-workspace' })
  })
})

describe('writing through links', () => {
  it('refuses every way out and leaves the outside as it was', async () => {
    link(outside, 'out')
    link(join(outside, 'a.txt'), 'a-link.txt')
    link(join(outside, 'new.txt'), 'dangling.txt')
    for (const path of [
      'out/new.txt',
      'out/secrets/deep/new.txt',
      'a-link.txt',
      'dangling.txt',
      '../new.txt',
    ])
      await expect(writeFile(workspace, { path, text: 'x' })).rejects.toMatchObject({
        code: 'outside-workspace',
      })
    expect(readdirSync(outside).toSorted()).toEqual(['a.txt', 'secrets'])
    expect(readdirSync(join(outside, 'secrets'))).toEqual([])
    expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('secret\n')
  })

  it('refuses git internals', async () => {
    for (const path of ['.git/hooks/pre-commit', 'inner/.GIT/config', '.git'])
      await expect(writeFile(workspace, { path, text: 'x' })).rejects.toMatchObject({ code: 'hidden' })
  })

  it('writes to the target of a link that stays inside, and keeps the link', async () => {
    link('inner/a.txt', 'alias.txt')
    const written = await writeFile(workspace, { path: 'alias.txt', text: 'new' })
    expect(written).toMatchObject({ path: 'inner/a.txt', bytes: 3, created: false })
    expect(readFileSync(join(base, 'root/alias.txt'), 'utf8')).toBe('new')
    expect(realpathSync(join(base, 'root/alias.txt'))).toBe(join(base, 'root/inner/a.txt'))
  })
})

const swaps = {
  'a link': `
    const swap = (to) => {
      symlinkSync(to, root + '/next')
      renameSync(root + '/next', root + '/swapped')
    }
    const round = () => { swap(target); swap('inner') }
    swap('inner')`,
  'a folder': `
    const round = () => {
      renameSync(root + '/swapped', root + '/kept')
      symlinkSync(target, root + '/swapped')
      unlinkSync(root + '/swapped')
      renameSync(root + '/kept', root + '/swapped')
    }
    cpSync(root + '/inner', root + '/swapped', { recursive: true })`,
}

/** Makes `root/swapped` lead inside and outside by turns, as fast as it can, until it is stopped. */
const swapper = async (kind: keyof typeof swaps): Promise<Worker> => {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const { cpSync, renameSync, symlinkSync, unlinkSync } = require('node:fs')
     const { root, target } = workerData
     ${swaps[kind]}
     setInterval(() => { for (let i = 0; i < 10; i += 1) round() }, 1)
     parentPort.postMessage('ready')`,
    { eval: true, workerData: { root: join(base, 'root'), target: outside } },
  )
  await new Promise((resolve) => worker.once('message', resolve))
  return worker
}

/** What a read that looks first and opens then gets out: the swapping is real when it is the secret. */
const readUnguarded = (): Set<string> => {
  const root = join(base, 'root')
  const seen = new Set<string>()
  for (let i = 0; i < 100_000 && !seen.has('secret\n'); i += 1)
    try {
      if (realpathSync(join(root, 'swapped')).startsWith(root))
        seen.add(readFileSync(join(root, 'swapped/a.txt'), 'utf8'))
    } catch {}
  return seen
}

describe('names and contents nobody chose well', () => {
  it('lists a name that is not UTF-8 and opens nothing by it', async () => {
    const name = Buffer.concat([Buffer.from(join(base, 'root/inner/')), Buffer.of(0x78, 0xff)])
    writeFileSync(name, 'bytes\n')
    mkdirSync(Buffer.concat([name, Buffer.of(0xfe)]))
    const { entries } = await listDirectory(workspace, { path: 'inner' })
    expect(entries.map(({ kind, path }) => [kind, path])).toEqual([
      ['file', 'inner/a.txt'],
      ['other', 'inner/x\ufffd'],
      ['other', 'inner/x\ufffd\ufffd'],
    ])
    await expect(readFile(workspace, { path: 'inner/x\ufffd' })).rejects.toMatchObject({ code: 'not-found' })
    expect((await grep(workspace, { pattern: 'bytes' })).matches).toEqual([])
    // Negative control: the name that the text stands for exists besides.
    writeFileSync(join(base, 'root/inner/x\ufffd'), 'text\n')
    expect((await readFile(workspace, { path: 'inner/x\ufffd' })).text).toBe('text\n')
  })

  it.each(['-rf', '--help', 'a\nb', ' ', '$(touch x)', '*'])(
    'reads and writes %j like any other',
    async (path) => {
      await writeFile(workspace, { path, text: 'odd\n' })
      expect((await readFile(workspace, { path })).text).toBe('odd\n')
      expect((await glob(workspace, { pattern: '*' })).paths).toContain(path)
    },
  )

  it('replaces a hard link and leaves the file outside as it was', async () => {
    linkSync(join(outside, 'a.txt'), join(base, 'root/hard.txt'))
    await writeFile(workspace, { path: 'hard.txt', text: 'mine' })
    expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('secret\n')
    // Negative control: written in place, the link would be followed.
    linkSync(join(outside, 'a.txt'), join(base, 'root/second.txt'))
    writeFileSync(join(base, 'root/second.txt'), 'followed')
    expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('followed')
  })
})

describe('a way swapped between inside and outside meanwhile', () => {
  it.each(['a link', 'a folder'] as const)('never reads outside (%s)', async (kind) => {
    const worker = await swapper(kind)
    const unguarded = readUnguarded()
    const guarded = new Set<string>()
    for (let i = 0; i < 1000; i += 1)
      await readFile(workspace, { path: 'swapped/a.txt' }).then(
        ({ text }) => guarded.add(text),
        ({ code }: { code: string }) => guarded.add(code),
      )
    await worker.terminate()
    expect(unguarded).toContain('secret\n')
    for (const outcome of guarded)
      expect(['inside\n', 'outside-workspace', 'not-found', 'not-a-folder', 'io']).toContain(outcome)
  })

  it('never lists outside', async () => {
    const worker = await swapper('a link')
    const seen = new Set<string>()
    for (let i = 0; i < 300; i += 1)
      await listDirectory(workspace, { path: 'swapped', depth: 2 }).then(
        ({ entries }) => entries.forEach(({ path }) => seen.add(path)),
        () => {},
      )
    await worker.terminate()
    expect([...seen].filter((path) => path.includes('secrets'))).toEqual([])
    expect(seen.size).toBeGreaterThan(0)
  })

  it('never writes outside', async () => {
    const worker = await swapper('a link')
    let written = 0
    for (let i = 0; i < 300; i += 1)
      await writeFile(workspace, { path: `swapped/sub/new-${i}.txt`, text: 'x' }).then(
        () => (written += 1),
        () => {},
      )
    await worker.terminate()
    expect(written).toBeGreaterThan(0)
    expect(readdirSync(join(base, 'root/inner/sub'))).toHaveLength(written)
    expect(readdirSync(outside).toSorted()).toEqual(['a.txt', 'secrets'])
  })
})
