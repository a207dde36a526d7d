import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readFile } from './read-file.ts'
import { createWorkspace, type Workspace } from './workspace.ts'
import { writeFile } from './write-file.ts'

let root: string
let workspace: Workspace
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-write-'))
  workspace = createWorkspace({ root, limits: { writeBytes: 2_000_000 } })
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('writeFile', () => {
  it('makes the folders above and says what it did', async () => {
    const options = { path: 'a/b/c.txt', text: 'grüße\n' }
    expect(await writeFile(workspace, options)).toMatchObject({ path: 'a/b/c.txt', bytes: 8, created: true })
    expect(await writeFile(workspace, options)).toMatchObject({ created: false })
    expect(readFileSync(join(root, 'a/b/c.txt'), 'utf8')).toBe('grüße\n')
    expect(readdirSync(join(root, 'a/b'))).toEqual(['c.txt'])
  })

  it('keeps the mode of a replaced file, but not setuid', async () => {
    writeFileSync(join(root, 'run.sh'), 'old')
    chmodSync(join(root, 'run.sh'), 0o4750)
    await writeFile(workspace, { path: 'run.sh', text: 'new' })
    expect(statSync(join(root, 'run.sh')).mode & 0o7777).toBe(0o750)
  })

  it('never shows a reader part of a file', async () => {
    const [a, b] = ['a'.repeat(1_000_000), 'b'.repeat(1_000_000)]
    writeFileSync(join(root, 'x'), a)
    const state = { writing: true }
    const seen = new Set<string>()
    const reading = (async () => {
      while (state.writing) {
        const text = readFileSync(join(root, 'x'), 'utf8')
        seen.add(text === a ? 'a' : text === b ? 'b' : 'a part')
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let i = 0; i < 10; i += 1) await writeFile(workspace, { path: 'x', text: i % 2 ? a : b })
    state.writing = false
    await reading
    expect(seen).not.toContain('a part')
    expect(readdirSync(root)).toEqual(['x'])
  })

  it('reads back what it wrote, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const plain = text.replaceAll(/[\0\ufeff]/g, '')
        await writeFile(workspace, { path: 'text.txt', text: plain })
        expect((await readFile(workspace, { path: 'text.txt' })).text).toBe(plain)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['a folder', '.', 'x', 'not-a-file'],
    ['a path that ends like a folder', 'new/', 'x', 'not-a-file'],
    ['a folder that is there', 'folder', 'x', 'not-a-file'],
    ['a file used as a folder', 'file/x', 'x', 'not-a-folder'],
    ['too long a name', 'n'.repeat(300), 'x', 'invalid-path'],
    ['too much text', 'x', 'x'.repeat(2_000_001), 'too-large'],
    ['half a character', 'x', '\ud800', 'encoding'],
  ])('refuses %s and leaves nothing behind', async (_, path, text, code) => {
    mkdirSync(join(root, 'folder'))
    writeFileSync(join(root, 'file'), 'kept')
    await expect(writeFile(workspace, { path, text })).rejects.toMatchObject({ code, path })
    expect(readdirSync(root).toSorted()).toEqual(['file', 'folder'])
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('kept')
  })

  it('writes nothing after an abort', async () => {
    const reason = new Error('enough')
    const before = writeFile(workspace, { path: 'x', text: 'x', signal: AbortSignal.abort(reason) })
    await expect(before).rejects.toBe(reason)
    const controller = new AbortController()
    const during = writeFile(workspace, { path: 'x', text: 'x'.repeat(1_900_000), signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(during).rejects.toThrow()
    expect(readdirSync(root)).toEqual([])
  })

  it('works by paths where an open folder has no name', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('freebsd')
    try {
      await writeFile(workspace, { path: 'a/b/c.txt', text: 'x' })
      expect(readdirSync(join(root, 'a/b'))).toEqual(['c.txt'])
      await expect(writeFile(workspace, { path: '../x', text: 'x' })).rejects.toMatchObject({
        code: 'outside-workspace',
      })
    } finally {
      vi.restoreAllMocks()
    }
  })
})
