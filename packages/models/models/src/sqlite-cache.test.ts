import {
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
import { userText } from '@ashlar/core'
import { openDatabase, type Recovery } from '@ashlar/sqlite'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cache } from './cache.ts'
import { sqliteCache, type SqliteCacheOptions } from './sqlite-cache.ts'
import { testCacheStore } from './testing/index.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-cache-'))
  file = join(folder, 'cache.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const forGood = { ttlMs: Infinity }

for (const name of ['cache.db', ':memory:'])
  testCacheStore(
    {
      name: `sqliteCache, ${name}`,
      create: async () => {
        const clock = fakeClock()
        const store = sqliteCache(name === ':memory:' ? name : file, { clock })
        return { store, advance: (milliseconds) => clock.advance(milliseconds), close: store.close }
      },
    },
    { describe, it },
  )

describe('sqliteCache', () => {
  it('keeps what was set, in the file', async () => {
    await using first = sqliteCache(file)
    await first.set('a', 'b', forGood)
    await first.close()
    await using second = sqliteCache(file)
    expect(await second.get('a')).toBe('b')
    // Closed, it opens again.
    expect(await first.get('a')).toBe('b')
  })

  it('opens nothing before it is used', async () => {
    const store = sqliteCache(file)
    await store.flush()
    await store.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is shared by all that open the file', async () => {
    await using one = sqliteCache(file)
    await using two = sqliteCache(file)
    await Promise.all([one.set('a', '1', forGood), two.set('b', '2', forGood)])
    expect([await one.get('b'), await two.get('a')]).toEqual(['2', '1'])
    await two.delete('a')
    expect(await one.get('a')).toBeUndefined()
  })

  it('drops what was used longest ago when there is too much', async () => {
    const clock = fakeClock()
    await using store = sqliteCache(file, { clock, maxBytes: 1000 })
    for (const key of ['a', 'b', 'c', 'd']) {
      await store.set(key, 'x'.repeat(239), forGood)
      await clock.advance(2000)
    }
    expect(await store.size()).toBe(960)
    await store.get('a')
    await store.flush()
    await clock.advance(2000)
    await store.set('e', 'x'.repeat(239), forGood)
    const values = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => store.get(key)))
    expect(values.map((value) => value !== undefined)).toEqual([true, false, false, true, true])
    expect(await store.size()).toBe(720)
  })

  it('never keeps more than the limit, in characters of any size', async () => {
    await using store = sqliteCache(file, { maxBytes: 1000 })
    await store.set('big', 'ß'.repeat(600), forGood)
    expect([await store.get('big'), await store.size()]).toEqual([undefined, 0])
    await store.set('fits', 'ß'.repeat(490), forGood)
    expect(await store.size()).toBe(984)
    // What does not fit takes the place of what had its key.
    await store.set('fits', 'x'.repeat(2000), forGood)
    expect(await store.size()).toBe(0)
    for (let round = 0; round < 50; round++) {
      await store.set(`${round}`, 'x'.repeat(round * 19), forGood)
      expect(await store.size()).toBeLessThanOrEqual(1000)
      expect(await store.get(`${round}`)).toHaveLength(round * 19)
    }
  })

  it('keeps its file small', async () => {
    await using store = sqliteCache(file, { maxBytes: 200_000 })
    for (let round = 0; round < 40; round++)
      await Promise.all(
        Array.from({ length: 10 }, (_, n) => store.set(`${round}/${n}`, 'x'.repeat(5000), forGood)),
      )
    await store.close()
    expect(statSync(file).size).toBeLessThan(600_000)
  })

  it('forgets what has expired, and counts it no longer', async () => {
    const clock = fakeClock()
    await using store = sqliteCache(file, { clock })
    await store.set('a', 'x', { ttlMs: 100 })
    await clock.advance(101)
    await store.set('b', 'x', forGood)
    expect(await store.size()).toBe(2)
  })

  it.each(['from the start', 'in the middle', 'while it is open'])(
    'goes on with a file damaged %s',
    async (when) => {
      const recoveries: Recovery[] = []
      await using store = sqliteCache(file, { onRecover: (recovery) => recoveries.push(recovery) })
      for (let n = 0; n < 40; n++) await store.set(`${n}`, 'x'.repeat(3000), forGood)
      if (when === 'while it is open') {
        // The log is moved into the file first; what is damaged is then read from it.
        await using other = await openDatabase(file, { thread: false })
        await other.write('PRAGMA optimize')
        other.query('PRAGMA wal_checkpoint(TRUNCATE)', (row) => row).get()
        writeFileSync(file, readFileSync(file).fill('x', 100))
      } else {
        await store.close()
        if (when === 'from the start') writeFileSync(file, Buffer.alloc(20_000))
        else truncateSync(file, 50_000)
      }
      const found = await store.get('7')
      if (when !== 'while it is open') expect(found).toBeUndefined()
      await store.set('new', 'value', forGood)
      await store.close()
      expect(await store.get('new')).toBe('value')
      expect(recoveries).toHaveLength(1)
      expect(readdirSync(folder).some((name) => name.includes('.corrupt-'))).toBe(true)
    },
  )

  it('leaves a file alone that is something else', async () => {
    writeFileSync(file, 'my notes')
    await using store = sqliteCache(file)
    await expect(store.get('7')).rejects.toMatchObject({ code: 'wrong-file' })
    expect(readFileSync(file, 'utf8')).toBe('my notes')
  })

  it('answers the requests of another process run, and not those of another model', async () => {
    const request = { messages: [userText('hi')] }
    const ask = async (modelId: string, answers: string[]): Promise<number> => {
      const model = cache({ ...scriptedModel(answers), modelId }, { store: sqliteCache(file) })
      for await (const _ of model.stream(request));
      return model.hits
    }
    expect(await ask('a', ['hello'])).toBe(0)
    expect(await ask('a', [])).toBe(1)
    expect(await ask('b', ['other'])).toBe(0)
  })

  it.each<[string, object]>([
    ['maxBytes', { maxBytes: 0 }],
    ['busyTimeoutMs', { busyTimeoutMs: -1 }],
    ['onRecover', { onRecover: 1 }],
    ['unknown', { unknown: 1 }],
  ])('refuses a wrong %s', (argument, options: SqliteCacheOptions) => {
    expect(() => sqliteCache(file, options)).toThrow(expect.objectContaining({ argument }))
  })
})
