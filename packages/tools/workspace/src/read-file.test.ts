import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFile } from './read-file.ts'
import { createWorkspace, type Workspace, type WorkspaceLimits } from './workspace.ts'

let root: string
const open = (limits: Partial<WorkspaceLimits> = {}): Workspace => createWorkspace({ root, limits })

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-read-'))
  writeFileSync(join(root, 'five.txt'), 'one\r\ntwo\nthree\n\nfive')
  writeFileSync(join(root, 'empty.txt'), '')
  writeFileSync(join(root, 'wide.txt'), Buffer.from('\ufeffgrüße\n', 'utf16le'))
  writeFileSync(join(root, 'late.bin'), Buffer.concat([Buffer.alloc(100_000, 'a\n'), Buffer.from([0, 1, 2])]))
  writeFileSync(join(root, 'big.log'), 'line of the log\n'.repeat(20_000))
  writeFileSync(join(root, 'long.txt'), `${'x'.repeat(500)}\nshort\n`)
  writeFileSync(join(root, 'a\nb "c".txt'), 'odd name')
  mkdirSync(join(root, 'folder'))
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('readFile', () => {
  it('reads a whole file as it is', async () => {
    expect(await readFile(open(), { path: 'five.txt' })).toMatchObject({
      path: 'five.txt',
      text: 'one\r\ntwo\nthree\n\nfive',
      encoding: 'utf-8',
      bytes: 20,
      fromLine: 1,
      toLine: 5,
      totalLines: 5,
      truncated: false,
    })
  })

  it.each([
    [1, 1, 'one\r\n', 1],
    [2, 3, 'two\nthree\n', 3],
    [4, 99, '\nfive', 5],
    [5, undefined, 'five', 5],
  ])('reads lines %j to %j', async (fromLine, toLine, text, last) => {
    const file = await readFile(open(), { path: 'five.txt', fromLine, toLine })
    expect(file).toMatchObject({ text, fromLine, toLine: last, totalLines: 5, truncated: false })
  })

  it.each([
    [0, 1],
    [-1, undefined],
    [3, 2],
    [1.5, 3],
    [6, undefined],
    [Number.NaN, undefined],
  ])('refuses lines %j to %j', async (fromLine, toLine) => {
    const reading = readFile(open(), { path: 'five.txt', fromLine, toLine })
    await expect(reading).rejects.toMatchObject({ code: 'invalid-range' })
  })

  it('reads an empty file and UTF-16', async () => {
    const empty = await readFile(open(), { path: 'empty.txt' })
    expect(empty).toMatchObject({ text: '', toLine: 0, totalLines: 0 })
    const wide = await readFile(open(), { path: 'wide.txt' })
    expect(wide).toMatchObject({ text: 'grüße\n', encoding: 'utf-16le', bytes: 14 })
  })

  it('stops at the characters allowed and says where to go on', async () => {
    const first = await readFile(open({ resultChars: 40 }), { path: 'big.log' })
    expect(first).toMatchObject({ fromLine: 1, toLine: 2, totalLines: 20_000, truncated: true })
    const next = await readFile(open({ resultChars: 40 }), { path: 'big.log', fromLine: 3 })
    expect(next).toMatchObject({ fromLine: 3, toLine: 4, truncated: true })
    const long = await readFile(open({ resultChars: 40 }), { path: 'long.txt' })
    expect(long).toMatchObject({ text: 'x'.repeat(40), toLine: 1, truncated: true })
  })

  it('reads a range of a file too large to be counted', async () => {
    const file = await readFile(open({ fileBytes: 1000 }), {
      path: 'big.log',
      fromLine: 10_000,
      toLine: 10_001,
    })
    expect(file.text).toBe('line of the log\n'.repeat(2))
    expect(file).not.toHaveProperty('totalLines')
  })

  it('refuses a file whose binary part comes late', async () => {
    await expect(readFile(open(), { path: 'late.bin', toLine: 1 })).rejects.toMatchObject({ code: 'binary' })
  })

  it('reads a file with a hostile name', async () => {
    expect(await readFile(open(), { path: 'a\nb "c".txt' })).toMatchObject({ text: 'odd name' })
  })

  it.each([
    ['missing.txt', 'not-found'],
    ['five.txt/x', 'not-a-folder'],
    ['folder', 'not-a-file'],
    ['n'.repeat(300), 'invalid-path'],
  ])('refuses %j', async (path, code) => {
    await expect(readFile(open(), { path })).rejects.toMatchObject({ code, path })
  })

  it('honours an abort before and during the read', async () => {
    const reason = new Error('enough')
    const reading = readFile(open(), { path: 'big.log', signal: AbortSignal.abort(reason) })
    await expect(reading).rejects.toBe(reason)
    const controller = new AbortController()
    const later = readFile(open(), { path: 'big.log', signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(later).rejects.toBe(reason)
  })
})

describe('createWorkspace', () => {
  it.each(['', '\0', '/no/such/folder'])('refuses %j as a root', (bad) => {
    expect(() => createWorkspace({ root: bad })).toThrow(/^root: expected/)
  })

  it('refuses a file as a root, and limits that are none', () => {
    expect(() => createWorkspace({ root: join(root, 'five.txt') })).toThrow(/a folder that exists/)
    expect(() => open({ entries: 0 })).toThrow(
      /^limits\.entries: expected a whole number above 0, received 0/,
    )
    expect(() => open(JSON.parse('{"files":1}'))).toThrow(/^limits\.files: expected one of/)
  })
})
