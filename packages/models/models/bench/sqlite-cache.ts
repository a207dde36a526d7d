// What the persistent cache does to the event loop: `node packages/models/models/bench/sqlite-cache.ts`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteCache } from '../src/sqlite-cache.ts'

const seconds = 5
const callers = 32
const answer = JSON.stringify({ text: 'A finished answer of about 8 kB. '.repeat(250) })

const measure = async (work: (until: number) => Promise<number>): Promise<string> => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const count = await work(Date.now() + seconds * 1000)
  delay.disable()
  const ms = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(2)} ms`
  const { max } = delay
  return `p50 ${ms(delay.percentile(50))}, p99 ${ms(delay.percentile(99))}, max ${ms(max)}; ${Math.round(count / seconds)} calls/s`
}

const folder = mkdtempSync(join(tmpdir(), 'ashlar-bench-'))
const store = sqliteCache(join(folder, 'cache.db'), { maxBytes: 32 * 1024 * 1024 })
await store.set('first', answer, { ttlMs: Infinity })

/** Every caller reads and writes in turn, far more than the cache of a busy gateway does. */
const load = async (until: number): Promise<number> => {
  let calls = 0
  const caller = async (name: number): Promise<void> => {
    for (let n = 0; Date.now() < until; n++) {
      const key = `${name}/${n % 400}`
      if ((await store.get(key)) === undefined || n % 4 === 0) await store.set(key, answer, { ttlMs: 60_000 })
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, name) => caller(name)))
  return calls
}
const idle = async (until: number): Promise<number> => {
  while (Date.now() < until) await sleep(1)
  return 0
}

console.log(`idle:  ${await measure(idle)}`)
console.log(`load:  ${await measure(load)}`)
await store.close()
rmSync(folder, { recursive: true })
