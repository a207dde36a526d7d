import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { measureLoopDelay } from './loop-delay.ts'

const cell = new Int32Array(new SharedArrayBuffer(4))
const block = (ms: number): void => void Atomics.wait(cell, 0, 0, ms)

it('counts one long stall as what it is: many timers that were late', async () => {
  const loop = measureLoopDelay()
  for (let n = 0; n < 10; n++) await sleep(5)
  block(300)
  await sleep(20)
  const { p99, max } = loop.look()
  loop.stop()
  expect([p99 > 200, max >= p99]).toEqual([true, true])
  expect(loop.whole()).toEqual({ p50: expect.any(Number), p99, max })
})

it('leaves out what is apart', async () => {
  const loop = measureLoopDelay()
  loop.apart(() => block(1_000))
  const { max } = loop.look()
  loop.stop()
  expect(max).toBeLessThan(1_000)
})
