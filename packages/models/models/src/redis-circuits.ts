import { checkNames } from './check-options.ts'
import type { BreakerState, Pass } from './circuit.ts'
import { type CircuitAnswer, type CircuitRules, type CircuitStore, memoryCircuits } from './circuit-store.ts'
import {
  checkPrefix,
  checkRedisOptions,
  createRedisLink,
  type RedisCommands,
  type RedisOptions,
} from './redis-link.ts'

/** Options of `redisCircuits`. */
export interface RedisCircuitsOptions extends RedisOptions {
  /** What its keys begin with. @default 'ashlar:circuits' */
  readonly prefix?: string
}

/** Circuits on a Redis server. */
export interface RedisCircuits extends CircuitStore, AsyncDisposable {
  /** Ends the connection, unless it was given. */
  close(): Promise<void>
}

// `openedAt` is there unless the circuit is closed, `probingUntil` while a probe is under way. A generation is the
// microsecond of the last change: no number comes twice, even after the keys have expired.
const shared = `
local circuit, recent = KEYS[1], KEYS[2]
local failures, window, cooldown = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local openedAt = tonumber(redis.call('HGET', circuit, 'openedAt') or '-1')
local generation = redis.call('HGET', circuit, 'generation') or '0'
local function change(to)
  redis.call('DEL', circuit, recent)
  redis.call('HSET', circuit, 'generation', string.format('%.0f', micros))
  openedAt = -1
  if to == 'open' then
    openedAt = now
    redis.call('HSET', circuit, 'openedAt', now)
  end
end
local function state()
  if openedAt < 0 then return 'closed' end
  return now < openedAt + cooldown and 'open' or 'half-open'
end
local function keep()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, 2 * (window + cooldown)) end
end
`

const enterScript = `${shared}
local current = state()
if current == 'closed' then return { current, 0, generation, 0 } end
if current == 'open' then return { current, openedAt + cooldown - now, generation, 0 } end
local probingUntil = tonumber(redis.call('HGET', circuit, 'probingUntil') or '0')
if now < probingUntil then return { current, probingUntil - now, generation, 0 } end
redis.call('HSET', circuit, 'probingUntil', now + cooldown)
keep()
return { current, 0, generation, 1 }
`

const endScript = `${shared}
local given, isProbe, outcome = ARGV[4], ARGV[5] == '1', ARGV[6]
if given ~= generation then return state() end
if outcome == 'abandoned' then
  if isProbe then redis.call('HDEL', circuit, 'probingUntil') end
elseif isProbe then change(outcome == 'succeeded' and 'closed' or 'open')
elseif outcome == 'succeeded' then redis.call('DEL', recent)
else
  redis.call('ZREMRANGEBYSCORE', recent, '-inf', now - window)
  redis.call('ZADD', recent, now, string.format('%.0f', micros))
  if redis.call('ZCARD', recent) >= failures then change('open') end
end
keep()
return state()
`

const states: readonly BreakerState[] = ['closed', 'open', 'half-open']
const toState = (value: unknown): BreakerState => states.find((state) => state === value) ?? 'closed'

/**
 * Circuits for many processes, on a Redis server (7 or newer) by its address, or by a client of ioredis: what one finds
 * broken no other calls, and one of them probes. While Redis is down each process keeps circuits of its own, and warns once.
 * @throws InvalidArgument when an option is wrong
 */
export const redisCircuits = (
  redis: string | RedisCommands,
  options: RedisCircuitsOptions = {},
): RedisCircuits => {
  checkNames(options, ['prefix', 'timeoutMs', 'onDown'])
  checkRedisOptions(options)
  const { prefix = 'ashlar:circuits', ...linkOptions } = options
  checkPrefix(prefix)
  const link = createRedisLink(redis, { ...linkOptions, what: 'each process has circuits of its own' })
  const alone = memoryCircuits()
  /** Passes that were given while Redis was down, and mean nothing to it. */
  const ownPasses = new WeakSet<Pass>()

  const run = (script: string, name: string, args: readonly (string | number)[]) =>
    link.run({ script, keys: ['circuit', 'recent'].map((part) => `{${prefix}:1:${name}}:${part}`), args })
  const argsOf = ({ failures, windowMs, cooldownMs }: CircuitRules): number[] => [
    failures,
    Math.ceil(Math.min(windowMs, Number.MAX_SAFE_INTEGER / 1e4)),
    Math.ceil(Math.min(cooldownMs, Number.MAX_SAFE_INTEGER / 1e4)),
  ]
  const enterAlone = async (name: string, rules: CircuitRules): Promise<CircuitAnswer> => {
    const answer = await alone.enter(name, rules)
    if (typeof answer.pass === 'object') ownPasses.add(answer.pass)
    return answer
  }
  return {
    async enter(name, rules) {
      const answered = await run(enterScript, name, argsOf(rules))
      if (!answered || !Array.isArray(answered.answer)) return enterAlone(name, rules)
      const [state, waitMs, generation, isProbe]: unknown[] = answered.answer
      const pass = { isProbe: isProbe === 1, generation: Number(generation) }
      return { state: toState(state), pass: Number(waitMs) || pass }
    },
    async end(name, ended) {
      const { pass, outcome, rules } = ended
      if (ownPasses.has(pass)) return alone.end(name, ended)
      const args = [...argsOf(rules), pass.generation, Number(pass.isProbe), outcome]
      const answered = await run(endScript, name, args)
      return answered && toState(answered.answer)
    },
    close: link.close,
    [Symbol.asyncDispose]: link.close,
  }
}
