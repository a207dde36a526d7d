// A process of the test of limits in Redis: `node fixture-limited-process.ts <what> <redis url or 'alone'> <prefix> <start>`.
// Prints the times at which it sent, as JSON.
import { scriptedModel } from '@ashlar/testing'
import { hello, see } from './fixture-calls.ts'
import { limit, memoryLimits } from './limit.ts'
import { redisLimits } from './redis-state.ts'

const [what, url = '', prefix = '', startAt = '0'] = process.argv.slice(2)
const redis = url === 'alone' ? undefined : redisLimits(url, { prefix, timeoutMs: 5000, marginMs: 500 })
const store = redis ?? memoryLimits()
const sent: number[] = []

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** 150 calls through `limit`, of which nobody waits longer than five seconds. */
const callModel = async (): Promise<void> => {
  const model = limit(
    scriptedModel(() => (sent.push(Date.now()), 'fine')),
    {
      requestsPerMinute: 100,
      maxWaitMs: 5000,
      store,
      name: 'shared',
    },
  )
  await Promise.all(Array.from({ length: 150 }, () => see(model.stream(hello))))
}

/** 100 places in any second, for three seconds; asks as `limit` does, one after the other. */
const takePlaces = async (): Promise<void> => {
  const claim = { tokens: 1, maxRequests: 100, maxTokens: Infinity, windowMs: 1000 }
  for (const until = Date.now() + 3000; Date.now() < until;) {
    const answer = await store.take('shared', claim)
    if (typeof answer === 'number') await sleep(answer)
    else sent.push(Date.now())
  }
}

// Both processes begin at once.
await sleep(Number(startAt) - Date.now())
await (what === 'places' ? takePlaces() : callModel())
await redis?.close()
process.stdout.write(JSON.stringify(sent))
