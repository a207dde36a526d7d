import assert from 'node:assert/strict'
import type { Meter, ModelRequest } from '@ashlar/core'
import type { WireFault } from '../wire/index.ts'
import { type Bench, type Check, hello, read, type SpyMeter, spyMeter, thrownBy } from './bench.ts'

const answer = { text: 'The quick brown fox jumps over the lazy dog.', deltaSize: 5 }

/** One call that ends in an error; what the meter was told. */
const failing = async (
  { server, model }: Bench,
  fault: WireFault,
  request: Partial<ModelRequest> = {},
): Promise<SpyMeter> => {
  const meter = spyMeter()
  server.enqueue({ ...answer, fault })
  await thrownBy(model.stream({ ...hello, ...request, meter }))
  assert.equal(meter.reserved.length, 1, 'one upstream call, one reservation')
  assert.equal(meter.settled.length, 1, 'settled exactly once')
  return meter
}

const checks: readonly Check[] = [
  [
    'reserves before it sends, and settles once with the usage it reports',
    async ({ server, model }) => {
      for (const deltas of [true, false]) {
        const before = server.requests.length
        let sentBefore = -1
        const meter = spyMeter(() => void (sentBefore = server.requests.length))
        server.enqueue(answer)
        const { finish } = await read(model.stream({ ...hello, deltas, meter }))
        assert.equal(sentBefore, before, 'nothing was sent before the reservation')
        assert.deepEqual(meter.settled, [finish.usage])
        const [leaf] = meter.reserved
        assert.deepEqual(
          [meter.reserved.length, leaf?.provider, leaf?.modelId],
          [1, model.provider, model.modelId],
        )
      }
    },
  ],
  [
    'settles once when the vendor refuses',
    async (bench) => {
      const meter = await failing(bench, { status: 429 })
      assert.deepEqual(meter.settled, [undefined], 'a refused call used nothing')
    },
  ],
  [
    'settles once when the stream breaks, with what is known of the usage',
    async (bench) => {
      const meter = await failing(bench, { stop: 'close', at: { frames: 7 } })
      assert(meter.settled[0], 'a call that had begun to answer is billed')
      await failing(bench, { stop: 'reset', at: 'request' })
      await failing(bench, { malformedFrame: 1 })
      await failing(bench, { errorFrame: 2 })
    },
  ],
  [
    'settles once when the call is aborted or too late',
    async (bench) => {
      const hang: WireFault = { stop: 'hang', at: { frames: 7 } }
      await failing(bench, hang, { deadline: Date.now() + 400 })
      for (const fault of [hang, { stop: 'hang', at: 'request' } as const]) {
        bench.server.reset()
        const controller = new AbortController()
        const call = failing(bench, fault, { signal: controller.signal })
        await bench.server.until(
          ({ requests }) => requests[0]?.rawBody !== undefined && requests[0].rawBody !== '',
        )
        controller.abort()
        await call
      }
    },
  ],
  [
    'settles once when the reader leaves early',
    async ({ server, model }) => {
      const meter = spyMeter()
      server.enqueue({ ...answer, fault: { stop: 'hang', at: { frames: 7 } } })
      for await (const _ of model.stream({ ...hello, meter })) break
      assert.deepEqual([meter.reserved.length, meter.settled.length], [1, 1])
      const atTheEnd = spyMeter()
      server.enqueue(answer)
      for await (const { type } of model.stream({ ...hello, meter: atTheEnd })) if (type === 'finish') break
      assert.deepEqual([atTheEnd.reserved.length, atTheEnd.settled.length], [1, 1])
    },
  ],
  [
    'sends nothing when the meter refuses, and passes its error on',
    async ({ server, model }) => {
      const refusal = new Error('over budget')
      const meter: Meter = { reserve: () => Promise.reject(refusal) }
      assert.equal(await thrownBy(model.stream({ ...hello, meter })), refusal)
      assert.equal(server.requests.length, 0)
    },
  ],
  [
    'settles what it reserved when it is aborted during the reservation',
    async ({ server, model }) => {
      const controller = new AbortController()
      const meter = spyMeter(() => controller.abort('now'))
      assert.equal(await thrownBy(model.stream({ ...hello, meter, signal: controller.signal })), 'now')
      assert.deepEqual([meter.settled, server.requests.length], [[undefined], 0])
    },
  ],
]

/** What a model tells its meter. */
export const meterChecks = (): readonly Check[] => checks
