import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from './open-database.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-migrate-'))
  file = join(folder, 'a.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const steps = [
  'CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1)',
  'CREATE TABLE b (a REFERENCES a); INSERT INTO b VALUES (1)',
  'ALTER TABLE b ADD COLUMN more',
]

/** The version and the tables of the file after these migrations. */
const after = async (migrations?: readonly string[]): Promise<unknown[]> => {
  await using database = await openDatabase(file, { thread: false, ...(migrations && { migrations }) })
  const version = database.query('PRAGMA user_version', (row) => row['user_version']).get()
  return [
    version,
    ...database.query('SELECT name FROM sqlite_schema ORDER BY name', ({ name }) => name).all(),
  ]
}

describe('migrations', () => {
  it('run once each, however often the file is opened', async () => {
    expect(await after(steps.slice(0, 1))).toEqual([1, 'a'])
    for (let time = 0; time < 3; time++) expect(await after(steps)).toEqual([3, 'a', 'b'])
    expect(await after()).toEqual([3, 'a', 'b'])
  })

  it('run once each when many open the file at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 4 }, () => openDatabase(file, { migrations: steps })),
    )
    const [first] = opened
    expect(first?.query('SELECT count(*) AS n FROM a', ({ n }) => n).get()).toBe(1)
    await Promise.all(opened.map((database) => database.close()))
  })

  it('refuse a schema that is newer', async () => {
    await after(steps)
    for (const thread of [true, false])
      await expect(openDatabase(file, { migrations: steps.slice(0, 1), thread })).rejects.toMatchObject({
        code: 'newer-schema',
        message: expect.stringContaining('its schema is version 3, newer than the 1 known here'),
      })
    expect(await after(steps)).toEqual([3, 'a', 'b'])
  })

  it('run all or none', async () => {
    await after(steps.slice(0, 1))
    await expect(after([...steps, 'CREATE TABLE c (id); no SQL'])).rejects.toMatchObject({
      code: 'migration-failed',
    })
    expect(await after()).toEqual([1, 'a'])
  })

  it('may rebuild tables others refer to, but not lose rows they refer to', async () => {
    await after(steps)
    const rebuild =
      'CREATE TABLE fresh (id INTEGER PRIMARY KEY); INSERT INTO fresh SELECT id FROM a; DROP TABLE a; ALTER TABLE fresh RENAME TO a'
    expect(await after([...steps, rebuild])).toEqual([4, 'a', 'b'])
    await expect(after([...steps, rebuild, 'DELETE FROM a'])).rejects.toThrow('foreign keys are broken')
  })
})
