import { InvalidArgument, isObject } from '@ashlar/core'
import { checkFunctions, checkNumbers } from './check-options.ts'

/** What is needed of a Redis client: `Redis` and `Cluster` of ioredis have it. */
export interface RedisCommands {
  call(command: string, args: (string | number)[]): Promise<unknown>
}

/** What everything kept in Redis can be told. */
export interface RedisOptions {
  /** Milliseconds to wait for an answer; later it counts as down. @default 500 */
  readonly timeoutMs?: number
  /** Told once for every time that Redis is down. @default a warning of the process */
  readonly onDown?: (error: unknown) => void
}

/** A script with the keys it touches and its arguments. */
export interface RedisCall {
  readonly script: string
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

/** A connection that is made at its first use, and does without Redis while that is down. */
export interface RedisLink {
  /** What the script gives; undefined while Redis is down. */
  run(call: RedisCall): Promise<{ readonly answer: unknown } | undefined>
  /** Ends the connection, if it was made here. */
  close(): Promise<void>
}

interface OwnClient extends RedisCommands {
  disconnect(): void
}

/** How long nothing is asked after a failure: a call is not to wait for each of its look-ups. */
const pauseMs = 1000

const connect = async (url: string): Promise<OwnClient> => {
  const { Redis } = await import('ioredis').catch((cause: unknown) => {
    throw new Error('ioredis is not installed: npm install ioredis', { cause })
  })
  const client = new Redis(url, {
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  })
  // Every command fails as well; without a listener the client would print each error.
  client.on('error', () => undefined)
  return client
}

const within = async <T>(work: Promise<T>, milliseconds: number): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** @throws InvalidArgument when `redis` is neither an address nor a client, or an option is wrong */
export const createRedisLink = (
  redis: string | RedisCommands,
  { what, timeoutMs = 500, onDown }: RedisOptions & { readonly what: string },
): RedisLink => {
  if (typeof redis === 'string' ? !/^rediss?:\/\//.test(redis) : !isObject(redis) || !('call' in redis))
    throw new InvalidArgument('redis', 'an address (redis://…) or a client of ioredis', redis)
  const warn = (error: unknown): void =>
    process.emitWarning(
      `Redis is down, ${what}: ${error instanceof Error ? error.message : String(error)}`,
      'AshlarRedisWarning',
    )
  const tell = onDown ?? warn
  let own: Promise<OwnClient> | undefined
  let isDown = false
  let pausedUntil = 0

  const client = (): Promise<RedisCommands> | RedisCommands =>
    typeof redis === 'string' ? (own ??= connect(redis)) : redis
  const failed = (error: unknown): void => {
    pausedUntil = performance.now() + pauseMs
    if (!isDown) tell(error)
    isDown = true
  }
  return {
    async run(call) {
      if (performance.now() < pausedUntil) return undefined
      try {
        const args = [call.script, call.keys.length, ...call.keys, ...call.args]
        const work = async (): Promise<unknown> => (await client()).call('EVAL', args)
        const answer = await within(work(), timeoutMs)
        isDown = false
        return { answer }
      } catch (error) {
        failed(error)
        return undefined
      }
    },
    async close() {
      const closing = own
      own = undefined
      await closing?.then(
        (made) => made.disconnect(),
        () => undefined,
      )
    },
  }
}

/** @throws InvalidArgument naming the option that is wrong */
export const checkRedisOptions = (options: object): void => {
  checkNumbers(options, { timeoutMs: { min: 0, above: true } })
  checkFunctions(options, ['onDown'])
}

/** @throws InvalidArgument when it is no text, or an empty one */
export const checkPrefix = (prefix: unknown): void => {
  if (typeof prefix !== 'string' || prefix === '') throw new InvalidArgument('prefix', 'a text', prefix)
}
