import assert from 'node:assert/strict'
import type { Usage } from '@ashlar/core'
import type { EmbeddingMeter } from '@ashlar/core/embedding-model'
import { type Check, endpoint, errorOf } from './embedding-bench.ts'

/** A meter that remembers what it was told. */
const spyMeter = (onReserve: () => void = () => {}) => {
  const reserved: (readonly string[])[] = []
  const leaves: string[] = []
  const settled: (Usage | undefined)[] = []
  const meter: EmbeddingMeter = {
    async reserve({ provider, modelId }, texts) {
      reserved.push([...texts])
      leaves.push(`${provider}/${modelId}`)
      onReserve()
      return (usage) => void settled.push(usage)
    },
  }
  return { meter, reserved, leaves, settled }
}

const checks: readonly Check[] = [
  [
    'reserves before each request, with its texts, and settles it once with its usage',
    async ({ server, model, batchSize }) => {
      const texts = Array.from({ length: batchSize + 1 }, (_, index) => `text ${index}`)
      const sent: number[] = []
      const spy = spyMeter(() => sent.push(server.requests.length))
      const { usage } = await model.embed(texts, { dimensions: 2, meter: spy.meter })
      assert.deepEqual(sent, [0, 1], 'a reservation before each request')
      assert.deepEqual(spy.reserved, [texts.slice(0, batchSize), texts.slice(batchSize)])
      assert.deepEqual(new Set(spy.leaves), new Set([`${model.provider}/${model.modelId}`]))
      assert.equal(spy.settled.length, 2, 'each settled once')
      const tokens = spy.settled.reduce((sum, used) => sum + (used?.inputTokens ?? Number.NaN), 0)
      assert.equal(tokens, usage.inputTokens)
    },
  ],
  [
    'settles once when the vendor refuses or the connection breaks',
    async ({ server, model }) => {
      for (const fault of [{ status: 401 }, { stop: 'reset', at: 'request' }] as const) {
        const { meter, reserved, settled } = spyMeter()
        server.enqueue({ endpoint, fault })
        await errorOf(model.embed(['a'], { meter }))
        assert.deepEqual([reserved, settled], [[['a']], [undefined]])
      }
    },
  ],
  [
    'sends nothing when the meter refuses, and passes its error on',
    async ({ server, model }) => {
      const refusal = new Error('over budget')
      const meter: EmbeddingMeter = { reserve: () => Promise.reject(refusal) }
      await assert.rejects(model.embed(['a'], { meter }), refusal)
      assert.equal(server.requests.length, 0)
    },
  ],
  [
    'settles what it reserved when it is aborted during the reservation',
    async ({ server, model }) => {
      const controller = new AbortController()
      const reason = new Error('stop')
      const { meter, settled } = spyMeter(() => controller.abort(reason))
      await assert.rejects(model.embed(['a'], { meter, signal: controller.signal }), reason)
      assert.deepEqual([settled, server.requests.length], [[undefined], 0])
    },
  ],
]

/** What an embedding model tells its meter. */
export const meterChecks = (): readonly Check[] => checks
