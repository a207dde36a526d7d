import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { scriptedModel } from '@ashlar/testing'
import { expect, it } from 'vitest'
import { createAgent, RunAborted, tool } from './index.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
const heapMb = async (): Promise<number> => {
  for (let n = 0; n < 3; n++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return process.memoryUsage().heapUsed / 2 ** 20
}
const runs = process.env['ASHLAR_SOAK'] ? 10_000 : 1_000

it(`${runs} aborted and left runs keep the heap flat and leave no listener`, async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args))
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args))
  const wait = tool({
    description: 'waits',
    execute: (_, context) => (context.report(1), new Promise(() => {})),
  })
  const leaveOne = async (n: number): Promise<void> => {
    const model = scriptedModel([{ text: 'x'.repeat(2_000), toolCalls: [{ name: 'wait' }] }])
    const agent = createAgent({ model, tools: { wait } })
    const own = new AbortController()
    const run = agent.run('?', { signal: n % 2 ? signal : own.signal })
    let seen = 0
    const left = (async () => {
      for await (const event of run) {
        if (n % 2 && event.type === 'tool-progress') break
        if (!(n % 2) && ++seen === 5) own.abort()
      }
    })()
    await left.catch(() => {})
    // No `expect(…).rejects` here: the test runner keeps every promise it is given.
    if (!RunAborted.isInstance(await run.catch((error: unknown) => error)))
      throw new Error(`run ${n} was not aborted`)
  }
  const some = runs / 10
  for (let n = 0; n < some; n++) await leaveOne(n)
  const before = await heapMb()
  for (let n = 0; n < runs - some; n++) await leaveOne(n)
  expect((await heapMb()) - before).toBeLessThan(runs * 0.002)
  expect(listeners).toBe(0)
}, 120_000)
