import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { createAgent, RunAborted, tool } from './index.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
const heapUsed = async (): Promise<number> => {
  for (let n = 0; n < 4; n++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return process.memoryUsage().heapUsed
}
const runs = process.env['ASHLAR_SOAK'] ? 10_000 : 1_000

/** Less than any of the objects a run is made of weigh together. */
const maxBytesPerRun = 200
/** What the compiler, the timers and the test runner make of it, in bytes. */
const noise = 650_000

const wait = tool({
  description: 'waits',
  execute: (_, context) => (context.report(1), new Promise(() => {})),
})
const sub = createAgent({ model: scriptedModel(() => ({ text: 'late', delayMs: 60_000 })) })
const ask = tool({
  description: 'asks',
  execute: async (_, { run, signal, report }) => {
    const below = sub.run('?', { parent: run, signal })
    report(1)
    return (await below).text
  },
})

/** How a run is left: its reader goes at the first progress, or its own signal or a shared one aborts. */
const leaveOne = async (n: number, shared: AbortSignal): Promise<AbortSignal> => {
  const toolCalls = [{ name: n % 4 < 2 ? 'wait' : 'ask' }]
  const model = scriptedModel([{ text: 'x'.repeat(2_000), toolCalls }])
  const agent = createAgent({ model, tools: { wait, ask } })
  const own = new AbortController()
  const signal = n % 2 ? shared : own.signal
  const run = agent.run('?', { signal })
  let seen = 0
  const left = (async () => {
    for await (const event of run) {
      if (n % 2 && event.type === 'tool-progress') break
      if (!(n % 2) && (++seen === 5 || event.type === 'tool-progress')) own.abort()
    }
  })()
  await left.catch(() => {})
  // No `expect(…).rejects` here: the test runner keeps every promise it is given.
  if (!RunAborted.isInstance(await run.catch((error: unknown) => error)))
    throw new Error(`run ${n} was not aborted`)
  return signal
}

/** The bytes that stay after so many runs, and the listeners that were left on their signals. */
const leaveMany = async (keep: (signal: AbortSignal, n: number) => void = () => {}) => {
  const { signal: shared } = new AbortController()
  let listeners = 0
  const leave = async (n: number): Promise<void> => {
    const signal = await leaveOne(n, shared)
    keep(signal, n)
    listeners += getEventListeners(signal, 'abort').length
  }
  for (let n = 0; n < 300; n++) await leave(n)
  const before = await heapUsed()
  for (let n = 0; n < runs; n++) await leave(n)
  return { bytes: (await heapUsed()) - before, listeners }
}

describe(`${runs} aborted and left runs`, () => {
  it('keep the heap flat and leave no listener on any signal', async () => {
    const { bytes, listeners } = await leaveMany()
    expect(listeners).toBe(0)
    expect(bytes).toBeLessThan(noise + runs * maxBytesPerRun)
  }, 120_000)

  it('would be noticed if something of each were kept, or a listener of one', async () => {
    const kept: unknown[] = []
    const { bytes, listeners } = await leaveMany((signal, n) => {
      // About what the transcript of one run weighs.
      kept.push(Array.from({ length: 150 }, () => n + 0.5))
      if (n === 7) signal.addEventListener('abort', () => kept.length)
    })
    expect(kept.length).toBeGreaterThan(runs)
    expect(listeners).toBeGreaterThan(0)
    expect(bytes).toBeGreaterThan(noise + runs * maxBytesPerRun)
  }, 120_000)
})
