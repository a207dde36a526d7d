import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import { cache } from './cache.ts'
import { hello, see } from './fixture-calls.ts'
import { redisCache, type RedisCacheOptions } from './redis-cache.ts'
import { testCacheStore } from './testing/index.ts'

const url = process.env['ASHLAR_REDIS_URL'] ?? ''
const client = new Redis(url)
const prefix = `ashlar-test-${randomUUID()}`
let made = 0
const create = (options: RedisCacheOptions = {}) =>
  redisCache(client, { prefix: `${prefix}-${made++}`, ...options })

afterAll(async () => {
  const keys = await client.keys(`{${prefix}*`)
  if (keys.length > 0) await client.del(...keys)
  client.disconnect()
})

testCacheStore(
  {
    name: 'Redis',
    create: async () => ({
      store: create(),
      advance: (milliseconds) => sleep(milliseconds),
    }),
  },
  { describe, it },
)

const forGood = { ttlMs: Infinity }
const keysOf = (name: string): Promise<string[]> => client.keys(`{${name}:1}:*`)

describe('redisCache', () => {
  it('answers another process from what one has kept', async () => {
    const name = `${prefix}-shared`
    await using first = redisCache(url, { prefix: name })
    await using second = redisCache(url, { prefix: name })
    const model = scriptedModel(['Hello.', 'never asked'])
    expect((await see(cache(model, { store: first }).stream(hello))).text).toBe('Hello.')
    const { text, finish } = await see(cache(model, { store: second }).stream(hello))
    expect([text, finish?.replayed, model.requests.length]).toEqual(['Hello.', true, 1])
    const other = redisCache(client, { prefix: `${name}-other` })
    expect((await see(cache(model, { store: other }).stream(hello))).text).toBe('never asked')
  })

  it('drops what was used longest ago, and never holds more than its bytes', async () => {
    const store = create({ maxBytes: 30 })
    for (const key of ['a', 'b', 'c']) await store.set(key, '123456789', forGood)
    expect(await store.get('a')).toBe('123456789')
    await store.set('d', '123456789', forGood)
    expect([await store.get('b'), await store.get('a'), await store.size()]).toEqual([
      undefined,
      '123456789',
      30,
    ])
    await store.set('big', 'x'.repeat(30), forGood)
    expect([await store.get('big'), await store.size()]).toEqual([undefined, 30])
  })

  it('counts what it holds, whatever is set, dropped or expires', async () => {
    const operation = fc.record({
      key: fc.constantFrom('a', 'b', 'ключ', '\u{1F99C}'),
      value: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed()),
      act: fc.constantFrom('set', 'set', 'set', 'delete', 'brief'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 20 }), async (operations) => {
        const store = create({ maxBytes: 100 })
        for (const { act, key, value } of operations)
          await (act === 'delete'
            ? store.delete(key)
            : store.set(key, value, act === 'brief' ? { ttlMs: 1 } : forGood))
        await sleep(3)
        let held = 0
        const size = await store.size()
        for (const key of ['a', 'b', 'ключ', '\u{1F99C}']) {
          const value = await store.get(key)
          if (value !== undefined) held += Buffer.byteLength(key) + Buffer.byteLength(value)
        }
        expect(size).toBe(held)
        expect(size).toBeLessThanOrEqual(100)
      }),
      { numRuns: 60 },
    )
  })

  it('leaves nothing behind of what has expired', async () => {
    const name = `${prefix}-expired`
    const store = create({ prefix: name })
    await store.set('a', 'x', { ttlMs: 1 })
    expect(await keysOf(name)).toContain(`{${name}:1}:sizes`)
    await sleep(5)
    expect(await store.size()).toBe(0)
    expect(await keysOf(name)).toEqual([`{${name}:1}:total`])
  })

  it('finds its balance again when Redis dropped a value by itself', async () => {
    const name = `${prefix}-evicted`
    const store = create({ prefix: name })
    await store.set('a', 'value', forGood)
    await client.del(`{${name}:1}:value:a`)
    expect([await store.size(), await store.get('a'), await store.size()]).toEqual([6, undefined, 0])
  })

  it('does not read what another version wrote', async () => {
    const name = `${prefix}-version`
    await client.set(`{${name}:0}:value:a`, 'old')
    expect(await create({ prefix: name }).get('a')).toBeUndefined()
  })
})
