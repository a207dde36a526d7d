import type { CacheStore } from './cache-store.ts'
import { checkNames, checkNumbers } from './check-options.ts'
import {
  checkPrefix,
  checkRedisOptions,
  createRedisLink,
  type RedisCommands,
  type RedisOptions,
} from './redis-link.ts'

export type { RedisCommands, RedisOptions } from './redis-link.ts'

/** Options of `redisCache`. */
export interface RedisCacheOptions extends RedisOptions {
  /** What its keys begin with; caches with the same share their entries and their limit. @default 'ashlar:cache' */
  readonly prefix?: string
  /** Bytes of keys and values; what was used longest ago goes first. @default 256 MiB */
  readonly maxBytes?: number
}

/** A store on a Redis server, which processes and machines may share. */
export interface RedisCache extends CacheStore, AsyncDisposable {
  /** Bytes kept, of keys and values. */
  size(): Promise<number>
  /** Ends the connection, unless it was given. */
  close(): Promise<void>
}

/** Changes with the form of what is stored, so that what older versions wrote is not read. */
const version = 1

// A value is a key of its own, which Redis drops in its time. Beside it: when each was used and when it expires, its
// size, and the sum, which saves adding up.
const shared = `
local used, expiring, sizes, total, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function forget(name)
  local size = redis.call('HGET', sizes, name)
  if size then
    redis.call('HDEL', sizes, name)
    redis.call('ZREM', used, name)
    redis.call('ZREM', expiring, name)
    redis.call('DECRBY', total, size)
  end
  redis.call('DEL', values .. name)
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', expiring, '-inf', now, 'LIMIT', 0, 100)) do forget(name) end
`

const getScript = `${shared}
local value = redis.call('GET', values .. ARGV[1])
if value then redis.call('ZADD', used, 'XX', now, ARGV[1]) else forget(ARGV[1]) end
return value
`

const setScript = `${shared}
local name, value, ttl, size, limit = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
forget(name)
if size > limit then return end
redis.call('SET', values .. name, value)
if ttl > 0 then
  redis.call('PEXPIRE', values .. name, ttl)
  redis.call('ZADD', expiring, now + ttl * 1000, name)
end
redis.call('ZADD', used, now, name)
redis.call('HSET', sizes, name, size)
local sum = redis.call('INCRBY', total, size)
while sum > limit do
  forget(redis.call('ZRANGE', used, 0, 0)[1])
  sum = tonumber(redis.call('GET', total))
end
`

const deleteScript = `${shared}
forget(ARGV[1])
`

const sizeScript = `${shared}
return tonumber(redis.call('GET', total) or '0')
`

/** Milliseconds as Redis counts them; 0: for ever. A century is as good. */
const toTtl = (ttlMs: number): number => (ttlMs < 3e12 ? Math.ceil(ttlMs) : 0)

/**
 * A store on a Redis server (7 or newer) by its address, or by a client of ioredis. While Redis is down it has
 * nothing and keeps nothing, warns once, and asks again from time to time; no call fails or waits longer than
 * `timeoutMs` for it.
 * @throws InvalidArgument when an option is wrong
 */
export const redisCache = (redis: string | RedisCommands, options: RedisCacheOptions = {}): RedisCache => {
  checkNames(options, ['prefix', 'maxBytes', 'timeoutMs', 'onDown'])
  checkNumbers(options, { maxBytes: { min: 1, whole: true } })
  checkRedisOptions(options)
  const { prefix = 'ashlar:cache', maxBytes = 256 * 1024 * 1024, ...linkOptions } = options
  checkPrefix(prefix)
  const link = createRedisLink(redis, { ...linkOptions, what: 'answers are not cached' })
  // One slot of a cluster, so that a script may touch them all.
  const keys = ['used', 'expiring', 'sizes', 'total', 'value:'].map(
    (part) => `{${prefix}:${version}}:${part}`,
  )
  const run = async (script: string, ...args: (string | number)[]): Promise<unknown> =>
    (await link.run({ script, keys, args }))?.answer

  return {
    async get(key) {
      const value = await run(getScript, key)
      return typeof value === 'string' ? value : undefined
    },
    async set(key, value, { ttlMs }) {
      const bytes = Buffer.byteLength(key) + Buffer.byteLength(value)
      await run(setScript, key, value, toTtl(ttlMs), bytes, maxBytes)
    },
    async delete(key) {
      await run(deleteScript, key)
    },
    size: async () => Number((await run(sizeScript)) ?? 0),
    close: link.close,
    [Symbol.asyncDispose]: link.close,
  }
}
