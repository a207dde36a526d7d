import { checkNames, checkNumbers } from './check-options.ts'
import { type LimitClaim, type LimitPlace, type LimitStore, memoryLimits } from './limit-store.ts'
import {
  checkPrefix,
  checkRedisOptions,
  createRedisLink,
  type RedisCommands,
  type RedisOptions,
} from './redis-link.ts'

/** Options of `redisLimits`. */
export interface RedisLimitsOptions extends RedisOptions {
  /** What its keys begin with. @default 'ashlar:limits' */
  readonly prefix?: string
  /**
   * Milliseconds that may pass between Redis giving a place and its use: windows are that much longer, and a place that
   * comes later is given back and asked for again. More than a round trip and a pause of the process take.
   * @default 250
   */
  readonly marginMs?: number
}

/** Limits on a Redis server. */
export interface RedisLimits extends LimitStore, AsyncDisposable {
  /** Ends the connection, unless it was given. */
  close(): Promise<void>
}

// Every request of the last window by its time, the tokens of each, and their sum.
const takeScript = `
local entries, tokens = KEYS[1], KEYS[2]
local id, used = ARGV[1], tonumber(ARGV[2])
local maxRequests, maxTokens, span = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gone = redis.call('ZRANGEBYSCORE', entries, '-inf', now - span)
for _, old in ipairs(gone) do
  redis.call('HINCRBY', tokens, 'sum', -(redis.call('HGET', tokens, old) or 0))
  redis.call('HDEL', tokens, old)
  redis.call('ZREM', entries, old)
end
local count = redis.call('ZCARD', entries)
local wait = 0
if maxRequests >= 0 and count >= maxRequests then
  local blocking = redis.call('ZRANGE', entries, count - maxRequests, count - maxRequests, 'WITHSCORES')
  wait = blocking[2] + span - now
end
if maxTokens >= 0 then
  local excess = (redis.call('HGET', tokens, 'sum') or 0) + used - maxTokens
  local first = 0
  while excess > 0 and first < count do
    local entry = redis.call('ZRANGE', entries, first, first, 'WITHSCORES')
    excess = excess - redis.call('HGET', tokens, entry[1])
    wait = math.max(wait, entry[2] + span - now)
    first = first + 1
  end
  if excess > 0 then wait = span end
end
if wait > 0 then return wait end
redis.call('ZADD', entries, now, id)
redis.call('HSET', tokens, id, used)
redis.call('HINCRBY', tokens, 'sum', used)
redis.call('PEXPIRE', entries, 2 * span)
redis.call('PEXPIRE', tokens, 2 * span)
return 0
`

/** With -1 tokens it takes the request out altogether. */
const correctScript = `
local entries, tokens = KEYS[1], KEYS[2]
local before = redis.call('HGET', tokens, ARGV[1])
if not before then return end
local used = tonumber(ARGV[2])
redis.call('HINCRBY', tokens, 'sum', math.max(used, 0) - before)
if used < 0 then
  redis.call('HDEL', tokens, ARGV[1])
  redis.call('ZREM', entries, ARGV[1])
else redis.call('HSET', tokens, ARGV[1], used) end
`

const toNumber = (limit: number): number => (limit === Infinity ? -1 : Math.floor(limit))

/**
 * Limits for many processes, on a Redis server (7 or newer) by its address, or by a client of ioredis. One script takes
 * a place or none, by the clock of the server, so that no window holds more than the limit, whoever sends. While Redis
 * is down each process keeps to the limits by itself, and warns once.
 * @throws InvalidArgument when an option is wrong
 */
export const redisLimits = (redis: string | RedisCommands, options: RedisLimitsOptions = {}): RedisLimits => {
  checkNames(options, ['prefix', 'marginMs', 'timeoutMs', 'onDown'])
  checkNumbers(options, { marginMs: { min: 0 } })
  checkRedisOptions(options)
  const { prefix = 'ashlar:limits', marginMs = 250, ...linkOptions } = options
  checkPrefix(prefix)
  const link = createRedisLink(redis, { ...linkOptions, what: 'each process limits by itself' })
  const alone = memoryLimits()

  const keysOf = (name: string): string[] =>
    ['entries', 'tokens'].map((part) => `{${prefix}:1:${name}}:${part}`)
  const placeOf = (name: string, id: string): LimitPlace => {
    const correct = async (tokens: number): Promise<void> => {
      await link.run({ script: correctScript, keys: keysOf(name), args: [id, tokens] })
    }
    return { correct: (tokens) => correct(Math.ceil(tokens)), release: () => correct(-1) }
  }
  const ask = async (name: string, claim: LimitClaim): Promise<LimitPlace | number | undefined> => {
    const id = crypto.randomUUID()
    const { tokens, maxRequests, maxTokens, windowMs } = claim
    // A window includes both of its ends.
    const span = Math.ceil(windowMs + marginMs + 1)
    const args = [id, Math.ceil(tokens), toNumber(maxRequests), toNumber(maxTokens), span]
    const answered = await link.run({ script: takeScript, keys: keysOf(name), args })
    if (!answered) return undefined
    return Number(answered.answer) || placeOf(name, id)
  }
  return {
    async take(name, claim) {
      const askedAt = performance.now()
      const answer = await ask(name, claim)
      if (answer === undefined) return alone.take(name, claim)
      if (typeof answer === 'number' || performance.now() - askedAt <= marginMs) return answer
      void answer.release()
      // Sending now could exceed the limit: it asks again instead.
      return Math.max(1, marginMs)
    },
    close: link.close,
    [Symbol.asyncDispose]: link.close,
  }
}
