import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelEvent, ModelRequest } from '@ashlar/core'
import type { WireFault, WirePosition, WireServer } from '../wire/index.ts'
import { type Bench, type Check, hello, modelErrorOf, noListeners, read, thrownBy } from './bench.ts'

const answer = { text: 'The quick brown fox jumps over the lazy dog.', deltaSize: 5 }
const hangAt = (at: WirePosition): WireFault => ({ stop: 'hang', at })

/** Where a call can be when it is aborted. Fourteen frames are half an answer of this length in every dialect. */
const places: readonly (readonly [name: string, at: WirePosition, deltas: boolean])[] = [
  ['while waiting for the headers', 'request', true],
  ['while waiting for the first byte', 'headers', true],
  ['in the middle of the stream', { frames: 6 }, true],
  ['while waiting for a plain answer', 'request', false],
  ['in the middle of a plain answer', 20, false],
]

const freed = (server: WireServer): Promise<void> =>
  server.until(({ requests, activeRequests, openSockets }) => {
    const left = requests.every(({ aborted }) => aborted)
    return left && activeRequests === 0 && openSockets === 0
  })

const aborts: Check[] = places.map(([name, at, deltas]) => [
  `throws the reason of an abort ${name}, and frees the socket`,
  async ({ server, model }: Bench) => {
    const controller = new AbortController()
    const { signal } = controller
    const reason = { stop: 'it' }
    server.enqueue({ ...answer, fault: hangAt(at) })
    const thrown = thrownBy(model.stream({ ...hello, deltas, signal }))
    await server.until(({ requests }) => requests[0]?.endpoint === 'generate' && requests[0].rawBody !== '')
    // Lets what was sent arrive: the abort is to hit a call that waits.
    await sleep(10)
    controller.abort(reason)
    assert.equal(await thrown, reason)
    await freed(server)
    await noListeners(server, signal)
  },
])

const around: Check[] = [
  [
    'throws the reason at once when it is aborted before it starts',
    async ({ server, model }) => {
      const reason = new Error('too late')
      assert.equal(await thrownBy(model.stream({ ...hello, signal: AbortSignal.abort(reason) })), reason)
      assert.deepEqual([server.requests.length, server.openSockets], [0, 0])
    },
  ],
  [
    'throws the reason when the reader aborts between two events',
    async ({ server, model }) => {
      const controller = new AbortController()
      server.enqueue({ ...answer, fault: hangAt({ frames: 8 }) })
      const stream = model.stream({ ...hello, signal: controller.signal })
      const run = async (): Promise<void> => {
        for await (const _ of stream) controller.abort('enough')
      }
      assert.equal(await run().catch((error: unknown) => error), 'enough')
      await freed(server)
    },
  ],
  [
    'frees the socket when the reader leaves early',
    async ({ server, model }) => {
      const { signal } = new AbortController()
      server.enqueue({ ...answer, fault: hangAt({ frames: 8 }) })
      for await (const _ of model.stream({ ...hello, signal })) break
      await freed(server)
      await noListeners(server, signal)
    },
  ],
  [
    'leaves no listener on the signal of an answered or failed call',
    async ({ server, model }) => {
      const { signal } = new AbortController()
      const faults: (WireFault | undefined)[] = [
        undefined,
        { status: 500 },
        { stop: 'reset', at: 'request' },
        { stop: 'end', at: { frames: 3 } },
        { malformedFrame: 3 },
      ]
      for (const fault of faults) {
        server.enqueue({ ...answer, ...(fault && { fault }) })
        const stream = model.stream({ ...hello, signal })
        await (fault ? modelErrorOf(stream) : read(stream))
        await noListeners(server, signal)
      }
    },
  ],
  [
    'is not harmed by an abort after the answer',
    async ({ server, model }) => {
      const controller = new AbortController()
      server.enqueue(answer, answer)
      await read(model.stream({ ...hello, signal: controller.signal }))
      controller.abort()
      assert.equal((await read(model.stream(hello))).finish.reason, 'stop')
    },
  ],
]

const late = async (
  { server, model }: Bench,
  request: Partial<ModelRequest>,
  at: WirePosition,
): Promise<void> => {
  server.enqueue({ ...answer, fault: hangAt(at) })
  const stream: AsyncIterable<ModelEvent> = model.stream({ ...hello, ...request, deadline: Date.now() + 60 })
  const error = await modelErrorOf(stream)
  assert.deepEqual([error.kind, error.retryable], ['timeout', true])
  await freed(server)
}

const deadlines: Check[] = [
  ...places.map(([name, at, deltas]): Check => [
    `times out ${name} when the deadline passes`,
    (bench) => late(bench, { deltas }, at),
  ]),
  [
    'leaves no listener behind a deadline',
    async (bench) => {
      const { signal } = new AbortController()
      await late(bench, { signal }, { frames: 6 })
      await noListeners(bench.server, signal)
    },
  ],
  [
    'sends nothing when the deadline has passed already',
    async ({ server, model }) => {
      const error = await modelErrorOf(model.stream({ ...hello, deadline: Date.now() - 1 }))
      assert.equal(error.kind, 'timeout')
      assert.equal(server.requests.length, 0)
    },
  ],
  [
    'answers within a deadline',
    async ({ server, model }) => {
      server.enqueue(answer)
      const { finish } = await read(model.stream({ ...hello, deadline: Date.now() + 60_000 }))
      assert.equal(finish.reason, 'stop')
    },
  ],
]

/** What a model makes of being told to stop. */
export const abortChecks = (): Check[] => [...aborts, ...around, ...deadlines]
