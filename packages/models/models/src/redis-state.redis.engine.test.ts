import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { scriptedModel } from '@ashlar/testing'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { breaker } from './breaker.ts'
import { failure, hello, modelErrorOf, see } from './fixture-calls.ts'
import { redisCircuits, redisLimits } from './redis-state.ts'
import { testCircuitStore, testLimitStore } from './testing/index.ts'

const url = process.env['ASHLAR_REDIS_URL'] ?? ''
const client = new Redis(url)
const prefix = `ashlar-test-${randomUUID()}`
let made = 0
const nextPrefix = (): string => `${prefix}-${made++}`
const advance = (milliseconds: number): Promise<void> => sleep(milliseconds)

afterAll(async () => {
  const keys = await client.keys(`{${prefix}*`)
  if (keys.length > 0) await client.del(...keys)
  client.disconnect()
})

testLimitStore(
  {
    name: 'Redis',
    create: async () => ({ store: redisLimits(client, { prefix: nextPrefix(), marginMs: 100 }), advance }),
  },
  { describe, it },
)

testCircuitStore(
  {
    name: 'Redis',
    create: async () => ({ store: redisCircuits(client, { prefix: nextPrefix() }), advance }),
  },
  { describe, it },
)

const runProcess = async (args: readonly string[]): Promise<number[]> => {
  const file = fileURLToPath(import.meta.resolve('./fixture-limited-process.ts'))
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { timeout: 15_000 })
  const times: unknown = JSON.parse(stdout)
  return Array.isArray(times) ? times.map(Number) : []
}

/** The times at which each of two processes sent, that begin at once. */
const runTwo = async (what: string, from: string): Promise<[number[], number[]]> => {
  const args = [what, from, nextPrefix(), String(Date.now() + 1500)]
  return Promise.all([runProcess(args), runProcess(args)])
}

/** The most that any window of that length holds, both ends included. */
const fullestWindow = (times: readonly number[], windowMs: number): number =>
  Math.max(...times.map((start) => times.filter((at) => at >= start && at <= start + windowMs).length))

describe('two processes', () => {
  it('send 100 requests a minute together', async () => {
    const [first, second] = await runTwo('calls', url)
    expect(first.length + second.length).toBe(100)
  })

  it('never exceed the limit in any window, use it up, and none is left out', async () => {
    const [first, second] = await runTwo('places', url)
    const all = [...first, ...second]
    expect(fullestWindow(all, 1000)).toBeLessThanOrEqual(100)
    expect(all.length).toBeGreaterThanOrEqual(200)
    expect(Math.min(first.length, second.length)).toBeGreaterThan(0)
  })

  it('send more where each counts for itself', async () => {
    expect((await runTwo('calls', 'alone')).flat()).toHaveLength(200)
  })
})

describe('redisLimits', () => {
  it('gives back what comes too late to be used safely, and asks again', async () => {
    const shared = nextPrefix()
    let delayMs = 60
    const slow = {
      call: async (command: string, args: (string | number)[]) => {
        const answer = await client.call(command, args)
        await sleep(delayMs)
        return answer
      },
    }
    const store = redisLimits(slow, { prefix: shared, marginMs: 30 })
    const claim = { tokens: 1, maxRequests: 1, maxTokens: Infinity, windowMs: 60_000 }
    expect(await store.take('a', claim)).toBe(30)
    await vi.waitUntil(async () => (await client.zcard(`{${shared}:1:a}:entries`)) === 0)
    delayMs = 0
    await vi.waitUntil(async () => typeof (await store.take('a', claim)) === 'object', { interval: 1 })
  })

  it('leaves nothing behind for good', async () => {
    const shared = nextPrefix()
    const claim = { tokens: 1, maxRequests: 1, maxTokens: 9, windowMs: 1000 }
    await redisLimits(client, { prefix: shared }).take('a', claim)
    for (const part of ['entries', 'tokens'])
      expect(await client.pttl(`{${shared}:1:a}:${part}`)).toBeGreaterThan(0)
  })
})

describe('breaker in Redis', () => {
  it('stops one process for what another found broken', async () => {
    const shared = nextPrefix()
    await using here = redisCircuits(url, { prefix: shared })
    await using there = redisCircuits(url, { prefix: shared })
    const first = breaker(
      scriptedModel(() => ({ error: failure('network') })),
      { failures: 2, store: here },
    )
    const model = scriptedModel(['fine'])
    const second = breaker(model, { failures: 2, store: there })
    for (let call = 0; call < 2; call++) await modelErrorOf(first.stream(hello))
    // What the last call ended with is told beside it; the next of the same connection comes after that.
    expect((await modelErrorOf(first.stream(hello))).message).toContain('circuit breaker is open')
    expect((await see(second.stream(hello))).error).toMatchObject({ kind: 'overloaded', retryable: false })
    expect([second.state, model.requests.length]).toEqual(['open', 0])
  })
})
