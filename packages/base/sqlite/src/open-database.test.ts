import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { columns } from './columns.ts'
import type { Database, DatabaseOptions } from './database.ts'
import { openDatabase } from './open-database.ts'
import type { SqlValue } from './sql-value.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-sqlite-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const migrations = ['CREATE TABLE t (k TEXT PRIMARY KEY, v)']
const entry = columns({ k: 'text', v: 'integer' })
const keysOf = (database: Database): string[] =>
  database
    .query('SELECT k, v FROM t ORDER BY k', entry)
    .all()
    .map(({ k }) => k)
const put = 'INSERT INTO t VALUES (?, ?)'

describe.each<[string, string, DatabaseOptions]>([
  ['in a thread', 'a.db', {}],
  ['on this thread', 'a.db', { thread: false }],
  ['in memory', ':memory:', {}],
])('openDatabase, %s', (_, name, kind) => {
  const open = (options: DatabaseOptions = {}): Promise<Database> =>
    openDatabase(name === ':memory:' ? name : join(folder, name), { migrations, ...kind, ...options })

  it('reads what was written', async () => {
    await using database = await open()
    expect(await database.write(put, ['a', 1])).toMatchObject({ changes: 1, rows: [] })
    const query = database.query('SELECT k, v FROM t WHERE k = ?', entry)
    expect(query.get('a')).toEqual({ k: 'a', v: 1 })
    expect(query.get('b')).toBeUndefined()
    expect(query.all('a')).toHaveLength(1)
    const { rows, changes } = await database.write('UPDATE t SET v = v + 1 RETURNING v')
    expect([rows, changes]).toEqual([[{ v: 2 }], 1])
  })

  it('keeps every value as it is', async () => {
    await using database = await open({ migrations: ['CREATE TABLE u (v ANY) STRICT'] })
    const values: SqlValue[] = [null, 0, -1.5, 'ß🌍', '', 'a\0b', Uint8Array.of(0, 255), new Uint8Array(), 5n]
    await Promise.all(values.map((value) => database.write('INSERT INTO u VALUES (?)', [value])))
    const read = database.query('SELECT v FROM u ORDER BY rowid', ({ v }) => v).all()
    expect(read).toEqual(values.map((value) => (typeof value === 'bigint' ? 5 : value)))
  })

  it('keeps any text, with NUL too, which Node 22 would cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\0', '\uFDD0', '0', '1') })
    const property = fc.asyncProperty(text, fc.string({ unit: 'binary' }), async (strange, other) => {
      await using database = await open()
      await database.write('DELETE FROM t')
      const { rows } = await database.write(`${put} RETURNING k, v`, [strange, other.toWellFormed()])
      const row = { k: strange, v: other.toWellFormed() }
      expect(rows).toEqual([row])
      const query = database.query('SELECT k, v FROM t WHERE k = ?', columns({ k: 'text', v: 'text' }))
      expect([query.get(strange), query.all(strange)]).toEqual([row, [row]])
    })
    await fc.assert(property, { numRuns: 20 })
  })

  it('writes in the order of the calls, and lets each fail by itself', async () => {
    await using database = await open()
    const outcomes = await Promise.allSettled([
      database.write(put, ['a', 1]),
      database.write(put, ['a', 2]),
      database.write('INSERT INTO nothing VALUES (1)'),
      database.write('UPDATE t SET v = v * 10'),
      database.write(put, ['b', 3]),
    ])
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, false, true, true])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'constraint', sqliteCode: 1555 } })
    expect(outcomes[2]).toMatchObject({ reason: { code: 'statement-failed' } })
    expect(database.query('SELECT k, v FROM t', entry).all()).toEqual([
      { k: 'a', v: 10 },
      { k: 'b', v: 3 },
    ])
  })

  it('writes several statements or none', async () => {
    await using database = await open()
    const good = [
      { sql: put, params: ['a', 1] },
      { sql: put, params: ['b', 1] },
    ]
    const outcomes = await Promise.allSettled([
      database.writeAll([{ sql: put, params: ['c', 1] }, ...good, { sql: put, params: ['a', 1] }]),
      database.writeAll(good),
      database.writeAll([]),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(keysOf(database)).toEqual(['a', 'b'])
  })

  it('does to the data what one statement after the other would, however they are grouped', async () => {
    const write = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 4 })
    const property = fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
      await using database = await open()
      await database.write('DELETE FROM t')
      let expected = new Set<string>()
      for (const group of writes) {
        const after = new Set(expected)
        const works = group.every(([key, add]) => {
          if (add && after.has(key)) return false
          if (add) after.add(key)
          else after.delete(key)
          return true
        })
        if (works) expected = after
      }
      await Promise.allSettled(
        writes.map((group) =>
          database.writeAll(
            group.map(([key, add]) =>
              add ? { sql: put, params: [key, 1] } : { sql: 'DELETE FROM t WHERE k = ?', params: [key] },
            ),
          ),
        ),
      )
      expect(keysOf(database)).toEqual([...expected].toSorted())
    })
    await fc.assert(property, { numRuns: name === 'a.db' && kind.thread !== false ? 5 : 50 })
  })

  it('flushes what was written so far', async () => {
    await using database = await open()
    await database.flush()
    const writes = Array.from({ length: 2500 }, (__, index) => database.write(put, [`${index}`, index]))
    await database.flush()
    expect(keysOf(database)).toHaveLength(2500)
    await Promise.all(writes)
  })

  it('refuses more than may wait', async () => {
    await using database = await open({ maxQueuedWrites: 2, maxQueuedBytes: 100 })
    const waiting = [database.write(put, ['x'.repeat(500), 1]), database.write(put, ['b', 1])]
    const outcomes = await Promise.allSettled(waiting)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'queue-full' } })
    const three = await Promise.allSettled(['c', 'd', 'e'].map((key) => database.write(put, [key, 1])))
    expect(three.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    await database.write(put, ['f', 1])
  })

  it('refuses what would leave its transaction', async () => {
    await using database = await open()
    for (const sql of ['BEGIN', ' commit', 'ROLLBACK', 'savepoint a', 'VACUUM', ''])
      await expect(database.write(sql)).rejects.toMatchObject({ argument: 'sql' })
    // What ends it all the same fails all that was with it, and harms nothing that comes after.
    await database.write(put, ['a', 1])
    await Promise.allSettled([
      database.write(put, ['b', 1]),
      database.write('INSERT OR ROLLBACK INTO t VALUES (?, ?)', ['a', 1]),
      database.write(put, ['c', 1]),
    ])
    expect(keysOf(database)).toEqual(['a'])
    await database.write(put, ['d', 1])
    expect(keysOf(database)).toEqual(['a', 'd'])
  })

  it('refuses values SQLite cannot store', async () => {
    await using database = await open()
    const given: unknown[] = [undefined, true, {}, () => 1]
    for (const value of given) {
      const params: SqlValue[] = ['a', 1]
      Reflect.set(params, 1, value)
      await expect(database.write(put, params)).rejects.toMatchObject({ argument: 'params[1]' })
    }
    await database.write(put, ['a', 1])
  })

  it('waits for its writes when it is closed, and is closed then', async () => {
    const database = await open()
    const write = database.write(put, ['a', 1])
    await Promise.all([database.close(), database.close()])
    await write
    expect(() => database.query('SELECT 1', () => 1).get()).toThrow('the database is closed')
    await expect(database.write(put, ['b', 1])).rejects.toMatchObject({ code: 'closed' })
  })

  it('tells what is wrong with a query', async () => {
    await using database = await open()
    expect(() => database.query('SELECT absent FROM t', entry).all()).toThrow(
      'no such column: absent, in: SELECT',
    )
  })

  it('keeps foreign keys', async () => {
    await using database = await open({
      migrations: ['CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)'],
    })
    await expect(database.write('INSERT INTO c VALUES (7)')).rejects.toMatchObject({ code: 'constraint' })
  })
})

describe('openDatabase', () => {
  it('makes the folders it needs and leaves one file behind', async () => {
    const file = join(folder, 'deep', 'er', 'a.db')
    const database = await openDatabase(file, { migrations })
    await database.write(put, ['a', 1])
    expect(existsSync(`${file}-wal`)).toBe(true)
    await database.close()
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['a.db'])
  })

  it.each(['normal', 'full'] as const)(
    'opens in WAL mode, as durable as asked for: %s',
    async (synchronous) => {
      await using database = await openDatabase(join(folder, 'a.db'), { synchronous })
      expect(database.query('PRAGMA journal_mode', (row) => row['journal_mode']).get()).toBe('wal')
      const { rows } = await database.write('SELECT synchronous AS s FROM pragma_synchronous -- RETURNING')
      expect(rows).toEqual([{ s: synchronous === 'full' ? 2 : 1 }])
    },
  )

  it('cannot write through a query', async () => {
    await using database = await openDatabase(join(folder, 'a.db'), { migrations })
    expect(() => database.query("INSERT INTO t VALUES ('a', 1)", () => 1).all()).toThrow('readonly')
  })

  it('waits for another connection that writes, and gives up in time', async () => {
    const file = join(folder, 'a.db')
    await using database = await openDatabase(file, { migrations, busyTimeoutMs: 50 })
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    await expect(database.write(put, ['a', 1])).rejects.toMatchObject({ code: 'busy' })
    other.exec('COMMIT')
    await database.write(put, ['a', 1])
    other.close()
  })

  it('says so when its thread dies, and goes on with another', async () => {
    const ref = vi.spyOn(Worker.prototype, 'ref')
    await using database = await openDatabase(join(folder, 'a.db'), { migrations })
    await database.write(put, ['a', 1])
    const waiting = database.write(put, ['b', 1]).catch((error: unknown) => error)
    const [worker] = ref.mock.contexts
    expect(worker).toBeInstanceOf(Worker)
    if (worker instanceof Worker) await worker.terminate()
    ref.mockRestore()
    // It died with the write in its hands, or before it was given to it.
    const error = await waiting
    if (error instanceof Error) expect(error).toMatchObject({ code: 'writer-failed' })
    await database.write(put, ['c', 1])
    expect(keysOf(database)).toContain('c')
  })

  it('tells a file it cannot open', async () => {
    for (const thread of [true, false])
      await expect(openDatabase(folder, { thread })).rejects.toMatchObject({
        code: 'cannot-open',
        file: folder,
      })
  })

  it.each<[string, object]>([
    ['file', {}],
    ['busyTimeoutMs', { busyTimeoutMs: -1 }],
    ['maxQueuedWrites', { maxQueuedWrites: 0.5 }],
    ['synchronous', { synchronous: 'off' }],
    ['migrations', { migrations: [1] }],
  ])('refuses a wrong %s', async (argument, options) => {
    await expect(openDatabase(argument === 'file' ? '' : 'a.db', options)).rejects.toMatchObject({ argument })
  })
})
