import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from './open-database.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-crash-'))
  file = join(folder, 'a.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const migrations = ['CREATE TABLE t (writer TEXT, k INTEGER, v TEXT, PRIMARY KEY (writer, k))']

/** Writes batches of 20 as fast as it can, and says how many rows are safe after each. */
const program = `
const [url, file, writer, batches] = process.argv.slice(1)
const { openDatabase } = await import(url)
const onRecover = ({ message }) => console.log('recovered', message)
const db = await openDatabase(file, { migrations: ${JSON.stringify(migrations)}, onRecover })
let k = db.query('SELECT count(*) AS n FROM t WHERE writer = ?', ({ n }) => n).get(writer)
for (let batch = 0; batch < Number(batches); batch++) {
  for (let i = 0; i < 20; i++) void db.write('INSERT INTO t VALUES (?, ?, ?)', [writer, k++, 'x'.repeat(2000)])
  await db.flush()
  console.log('safe', k)
}
await db.close()
console.log('done')
`

interface Child {
  readonly process: ChildProcess
  readonly output: string
  /** Resolves at the first line that says rows are safe. */
  readonly begun: Promise<void>
}

const start = (writer: string, batches: number): Child => {
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  const url = new URL('./index.ts', import.meta.url).href
  const flags = ['--input-type=module', '-e', program, url, file, writer, String(batches)]
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.includes('safe ')) resolve()
  })
  return {
    process: child,
    begun,
    get output() {
      return output
    },
  }
}

const safeRows = ({ output }: Child): number =>
  Number(output.match(/safe (\d+)\n(?!.*safe \d+\n)/s)?.[1] ?? 0)

const rowsOf = async (writer: string): Promise<{ count: number; last: number }> => {
  const onRecover = (): void => expect.unreachable('the file is damaged')
  await using database = await openDatabase(file, { migrations, onRecover })
  const sql = 'SELECT count(*) AS count, coalesce(max(k), -1) AS last FROM t WHERE writer = ?'
  const row = database
    .query(sql, ({ count, last }) => ({ count: Number(count), last: Number(last) }))
    .get(writer)
  return row ?? { count: 0, last: -1 }
}

it('keeps what was acknowledged through kill -9, twenty times over', { timeout: 90_000 }, async () => {
  let before = 0
  for (let round = 0; round < 20; round++) {
    const child = start('one', 1_000_000)
    const closed = once(child.process, 'close')
    await Promise.race([child.begun, closed])
    // Some other moment of the write every time.
    await sleep(round * 1.7)
    child.process.kill('SIGKILL')
    expect(await closed).toEqual([null, 'SIGKILL'])
    expect(child.output).not.toContain('recovered')
    const safe = safeRows(child)
    expect(safe).toBeGreaterThan(before)
    const { count, last } = await rowsOf('one')
    expect(count).toBeGreaterThanOrEqual(safe)
    // A batch is there or not, and none is missing in between.
    expect([last + 1, count % 20]).toEqual([count, 0])
    before = count
  }
  expect(readdirSync(folder)).toEqual(['a.db'])
})

it('is written by two processes at once', { timeout: 60_000 }, async () => {
  const children = ['one', 'two'].map((writer) => start(writer, 40))
  const ends = await Promise.all(children.map(({ process }) => once(process, 'close')))
  expect(ends).toEqual([
    [0, null],
    [0, null],
  ])
  for (const writer of ['one', 'two']) expect(await rowsOf(writer)).toEqual({ count: 800, last: 799 })
})

it('lets the process end when nothing waits to be written, and not before', { timeout: 30_000 }, async () => {
  // Neither awaited nor closed.
  const leaving = program.replace(
    'await db.close()',
    "void db.write('INSERT INTO t VALUES (?, ?, ?)', ['two', 0, 'last'])",
  )
  const url = new URL('./index.ts', import.meta.url).href
  const child = spawn(process.execPath, ['--input-type=module', '-e', leaving, url, file, 'one', '1'])
  expect(await once(child, 'close')).toEqual([0, null])
  expect(await rowsOf('one')).toEqual({ count: 20, last: 19 })
  expect(await rowsOf('two')).toEqual({ count: 1, last: 0 })
})

it('opens its thread whatever flags the process was started with', { timeout: 30_000 }, async () => {
  const url = new URL('./index.ts', import.meta.url).href
  const path = join(folder, 'program.mjs')
  // A file's own path comes before its arguments.
  writeFileSync(path, program.replace('slice(1)', 'slice(2)'))
  for (const flags of [
    ['--max-old-space-size=200', '--expose-gc', path],
    ['--expose-gc', '--input-type=module', '-e', program],
  ]) {
    rmSync(file, { force: true })
    const child = spawn(process.execPath, [...flags, url, file, 'one', '1'])
    expect(await once(child, 'close')).toEqual([0, null])
    expect(await rowsOf('one')).toEqual({ count: 20, last: 19 })
  }
})
