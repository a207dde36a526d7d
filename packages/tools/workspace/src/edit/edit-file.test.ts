import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPatch } from 'diff'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFile } from '../read-file.ts'
import { createWorkspace, type Workspace } from '../workspace.ts'
import { editFile } from './edit-file.ts'
import { replaceText } from './replace-text.ts'

let root: string
let workspace: Workspace
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-edit-'))
  workspace = createWorkspace({ root, limits: { writeBytes: 100_000 } })
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})
const put = (bytes: string | Uint8Array): void => writeFileSync(join(root, 'a'), bytes)
const bytes = (): Buffer => readFileSync(join(root, 'a'))
const edit = (oldText: string, newText: string, all?: boolean) =>
  editFile(workspace, { path: 'a', edits: [{ oldText, newText, all }] })

describe('editFile', () => {
  it('changes what was asked for and says what changed', async () => {
    put('one\ntwo\nthree\n')
    chmodSync(join(root, 'a'), 0o750)
    const edited = await edit('two', 'zwei\n2')
    expect(bytes().toString()).toBe('one\nzwei\n2\nthree\n')
    expect(edited).toMatchObject({ path: 'a', bytes: 17, patch: expect.stringContaining('-two\n+zwei\n+2') })
    expect(edited.version).toBe((await readFile(workspace, { path: 'a' })).version)
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o750)
  })

  it('makes all edits or none', async () => {
    put('one two')
    const edits = [
      { oldText: 'one', newText: '1' },
      { oldText: '1 two', newText: '1 2' },
    ]
    await editFile(workspace, { path: 'a', edits })
    expect(bytes().toString()).toBe('1 2')
    const wrong = [...edits.slice(0, 0), { oldText: '1', newText: 'x' }, { oldText: 'none', newText: '' }]
    await expect(editFile(workspace, { path: 'a', edits: wrong })).rejects.toMatchObject({ code: 'no-match' })
    expect(bytes().toString()).toBe('1 2')
  })

  it.each([
    ['is not there', 'four', 'no-match'],
    ['is there twice', 'two', 'ambiguous'],
    ['is empty', '', 'no-match'],
  ])('refuses text that %s', async (_, oldText, code) => {
    put('one two\ntwo')
    await expect(edit(oldText, 'x')).rejects.toMatchObject({ code, path: 'a' })
    await edit('two', 'x', true)
    expect(bytes().toString()).toBe('one x\nx')
  })

  it.each([
    ['CRLF', 'a\r\nb\r\nc', 'a\nb', 'x\ny', 'x\r\ny\r\nc'],
    ['mixed ends', 'a\r\nb\nc\n', 'b\nc', 'b\nd', 'a\r\nb\nd\n'],
    ['a byte order mark', '\ufeffa b', 'a', 'c', '\ufeffc b'],
    ['no last line end', 'a', 'a', 'b', 'b'],
  ])('keeps %s', async (_, before, oldText, newText, after) => {
    put(before)
    await edit(oldText, newText)
    expect(bytes().toString()).toBe(after)
  })

  it('keeps other encodings', async () => {
    put(Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('grün', 'utf16le')]))
    await edit('ü', 'ö')
    expect(bytes()).toEqual(Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('grön', 'utf16le')]))
    put(Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from('grün', 'utf16le').swap16()]))
    await edit('ü', 'ö')
    expect(bytes().subarray(2)).toEqual(Buffer.from('grön', 'utf16le').swap16())
    put(Buffer.of(0x67, 0xfc, 0x80))
    await expect(edit('g', 'x')).rejects.toMatchObject({ code: 'encoding' })
    const encoding = 'windows-1252'
    const latin = (newText: string) =>
      editFile(workspace, { path: 'a', edits: [{ oldText: 'g', newText }], encoding })
    await latin('€')
    expect(bytes()).toEqual(Buffer.of(0x80, 0xfc, 0x80))
    put('g')
    await expect(latin('语')).rejects.toMatchObject({ code: 'encoding' })
    await expect(edit('g', '\ud800')).rejects.toMatchObject({ code: 'encoding' })
  })

  it('applies a patch that fits, a few lines off too', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`)
    const [before, after] = [lines.join('\n'), lines.with(20, 'changed').join('\n')]
    const patch = createPatch('a', before, after)
    put(`new\nlines\n${before}`)
    await editFile(workspace, { path: 'a', patch })
    expect(bytes().toString()).toBe(`new\nlines\n${after}`)
    await expect(editFile(workspace, { path: 'a', patch })).rejects.toMatchObject({ code: 'patch' })
    const two = `${patch}\n${createPatch('b', 'x', 'y')}`
    for (const wrong of [two, 'no patch', '@@ -1,3 +1,3 @@\n-a', ''])
      await expect(editFile(workspace, { path: 'a', patch: wrong })).rejects.toMatchObject({ code: 'patch' })
  })

  it('refuses a file that changed since it was read', async () => {
    put('one')
    const { version: expected } = await readFile(workspace, { path: 'a' })
    const options = { path: 'a', edits: [{ oldText: 'o', newText: '0' }], expected }
    put('ox')
    await expect(editFile(workspace, options)).rejects.toMatchObject({ code: 'stale' })
    expect(bytes().toString()).toBe('ox')
    put('one')
    await editFile(workspace, options)
    expect(bytes().toString()).toBe('0ne')
  })

  it('loses no edit when several come at once', async () => {
    put(Array.from({ length: 20 }, (_, index) => `<${index}>`).join(''))
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => edit(`<${index}>`, `[${index}]`)),
    )
    const done = results.filter(({ status }) => status === 'fulfilled').length
    expect(
      bytes()
        .toString()
        .match(/\[\d+\]/g),
    ).toHaveLength(done)
    expect(done).toBeGreaterThan(0)
    expect(readdirSync(root)).toEqual(['a'])
  })

  it.each([
    ['nothing to do', {}, 'patch'],
    ['no edits', { edits: [] }, 'patch'],
    ['edits and a patch', { edits: [{ oldText: 'a', newText: 'b' }], patch: 'x' }, 'patch'],
    ['too much text', { edits: [{ oldText: 'a', newText: 'b'.repeat(100_001) }] }, 'too-large'],
  ])('refuses %s', async (_, options, code) => {
    put('a')
    await expect(editFile(workspace, { path: 'a', ...options })).rejects.toMatchObject({ code })
    expect(bytes().toString()).toBe('a')
  })

  it('refuses what is binary, too large or outside', async () => {
    put('a\0b')
    await expect(edit('a', 'b')).rejects.toMatchObject({ code: 'binary' })
    put('a'.repeat(100_001))
    await expect(edit('a', 'b')).rejects.toMatchObject({ code: 'too-large' })
    const outside = editFile(workspace, { path: '../a', edits: [{ oldText: 'a', newText: 'b' }] })
    await expect(outside).rejects.toMatchObject({ code: 'outside-workspace' })
  })
})

describe('replaceText', () => {
  it('touches nothing but the place, whatever the line ends', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n', '\r', ' '), maxLength: 20 })
    fc.assert(
      fc.property(piece, piece, (before, after) => {
        // Ends that would join up to one are no place between lines.
        fc.pre(!before.endsWith('\r'))
        const text = `${before}<old\ntext>${after}`
        const replaced = replaceText(text, { oldText: '<old\r\ntext>', newText: '<new>' }, 'a')
        expect(replaced).toBe(`${before}<new>${after}`)
      }),
      { numRuns: 300 },
    )
  })
})
