import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DatabaseOptions, Recovery } from './database.ts'
import { openDatabase } from './open-database.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-recovery-'))
  file = join(folder, 'a.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const migrations = ['CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT); CREATE INDEX byV ON t (v)']
const rows = 300

const fill = async (): Promise<Buffer> => {
  const database = await openDatabase(file, { migrations, thread: false })
  for (let k = 0; k < rows; k++) void database.write('INSERT INTO t VALUES (?, ?)', [k, `${k} `.repeat(50)])
  await database.close()
  return readFileSync(file)
}

/** How many rows there are, and what was recovered. */
const open = async (options: DatabaseOptions = {}): Promise<{ count: unknown; recoveries: Recovery[] }> => {
  const recoveries: Recovery[] = []
  await using database = await openDatabase(file, {
    migrations,
    onRecover: (recovery) => recoveries.push(recovery),
    ...options,
  })
  const count = database.query('SELECT count(v) AS n FROM t', ({ n }) => n).get()
  await database.write("INSERT INTO t (v) VALUES ('new')")
  return { count, recoveries }
}

describe('a damaged file', () => {
  const damages: readonly (readonly [string, (whole: Buffer) => void])[] = [
    ['is one byte', () => writeFileSync(file, 'S')],
    ['is zeros', () => writeFileSync(file, Buffer.alloc(8192))],
    ['was truncated to its header', () => truncateSync(file, 100)],
    ['was truncated in the middle', (whole) => truncateSync(file, Math.floor(whole.length / 2))],
    [
      'was overwritten in the middle',
      (whole) => writeFileSync(file, whole.fill(7, 4096, whole.length - 4096)),
    ],
  ]

  it.each(damages)('that %s is set aside, and a fresh one made', async (_, damage) => {
    damage(await fill())
    const damaged = readFileSync(file)
    for (const thread of [true, false]) {
      if (!thread) writeFileSync(file, damaged)
      const { count, recoveries } = await open({ thread })
      expect(count).toBe(0)
      const [recovery] = recoveries
      expect(recovery).toMatchObject({ file, reason: expect.stringMatching(/\w/) })
      expect(recovery?.message).toContain(`${file} was damaged (${recovery?.reason})`)
      expect(recovery?.setAside.startsWith(`${file}.corrupt-`)).toBe(true)
      expect(readFileSync(recovery?.setAside ?? '').equals(damaged)).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.includes('.corrupt-'))).toHaveLength(2)
  })

  it('is a warning of the process when nobody asked to be told', async () => {
    writeFileSync(file, Buffer.alloc(5000))
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const database = await openDatabase(file)
    await database.close()
    expect((await warned).message).toContain('was damaged (file is not a database)')
  })

  it('is recovered once when many open it at once', async () => {
    writeFileSync(file, Buffer.alloc(5000))
    const opened = await Promise.all(Array.from({ length: 4 }, () => open()))
    expect(opened.flatMap(({ recoveries }) => recoveries)).toHaveLength(1)
    expect(readdirSync(folder).filter((name) => name.includes('.corrupt-'))).toHaveLength(1)
    expect((await open()).count).toBe(4)
  })

  it('never makes opening fail, wherever its mark still stands', async () => {
    const whole = await fill()
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }),
    })
    const property = fc.asyncProperty(
      damage,
      fc.option(fc.nat(whole.length)),
      async ({ at, bytes }, length) => {
        const copy = Buffer.from(whole)
        copy.set(bytes.subarray(0, copy.length - at), at)
        const damaged = length === null ? copy : copy.subarray(0, length)
        fc.pre(
          damaged.length < 72
            ? damaged.equals(whole.subarray(0, damaged.length))
            : damaged.subarray(68, 72).equals(whole.subarray(68, 72)),
        )
        writeFileSync(file, damaged)
        const { count, recoveries } = await open({ thread: false })
        expect(typeof count).toBe('number')
        if (recoveries.length > 0) expect(count).toBe(0)
        for (const name of readdirSync(folder)) rmSync(join(folder, name))
      },
    )
    await fc.assert(property, { numRuns: 60 })
  })

  it('is told apart from a file that is only empty, or whole', async () => {
    writeFileSync(file, '')
    expect(await open()).toEqual({ count: 0, recoveries: [] })
    expect(await open()).toEqual({ count: 1, recoveries: [] })
    expect(statSync(file).size).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual(['a.db'])
  })

  const foreign: readonly (readonly [string, string | Buffer])[] = [
    ['a short text', 'my notes'],
    ['a text', 'hello, these are notes\n'.repeat(80)],
    ['a picture', Buffer.from('89504e470d0a1a0a'.repeat(400), 'hex')],
  ]
  it.each(foreign)('is not what %s is, which is left alone', async (_, content) => {
    writeFileSync(file, content)
    for (const options of [{}, { thread: false }, { migrations: [] }]) {
      await expect(open(options)).rejects.toMatchObject({ code: 'wrong-file' })
      expect(readFileSync(file).equals(Buffer.from(content))).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.includes('.corrupt-'))).toEqual([])
  })

  it('is not what the database of another program is, whole or damaged', async () => {
    const other = await openDatabase(file, { migrations: ['CREATE TABLE other (id INTEGER)'], thread: false })
    await other.close()
    const whole = readFileSync(file)
    for (const content of [whole, Buffer.from(whole).fill(7, 4096)]) {
      writeFileSync(file, content)
      await expect(open()).rejects.toMatchObject({ code: 'wrong-file' })
      expect(readFileSync(file).equals(content)).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.includes('.corrupt-'))).toEqual([])
    const plain = new DatabaseSync(join(folder, 'plain.db'))
    plain.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)')
    plain.close()
    await expect(openDatabase(join(folder, 'plain.db'), { migrations })).rejects.toThrow(/another program/)
    await expect(openDatabase(join(folder, 'plain.db')).then((open) => open.close())).resolves.toBeUndefined()
  })

  it('is not what a wrong path is', async () => {
    mkdirSync(file)
    await expect(open()).rejects.toMatchObject({ code: 'cannot-open' })
    expect(readdirSync(folder)).toEqual(['a.db'])
  })
})
