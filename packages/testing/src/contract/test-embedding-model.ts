import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { type EmbeddingModel, InvalidArgument } from '@ashlar/core'
import { createWireServer, type WireFault, type WireServer } from '../wire/index.ts'
import { within } from './bench.ts'
import { type Check, type EmbeddingDialect, endpoint, errorOf } from './embedding-bench.ts'
import { meterChecks } from './embedding-meter-checks.ts'
import { globalRunner, type Runner } from './runner.ts'

export interface TestEmbeddingModelOptions {
  readonly name: string
  readonly dialect: EmbeddingDialect
  /** Makes a model that talks to this server; its key may be anything. Called for every test. */
  readonly create: (server: WireServer) => EmbeddingModel | Promise<EmbeddingModel>
  /** The most texts the model puts in one request. @default 2048, OpenAI's limit */
  readonly batchSize?: number
  /** Milliseconds after which a test fails because the model hangs. @default 15,000 */
  readonly timeoutMs?: number
}

const freed = (server: WireServer): Promise<void> =>
  server.until(({ activeRequests, openSockets }) => activeRequests === 0 && openSockets === 0)

const answers: Check[] = [
  [
    'gives one vector a text, in the order of the texts, whatever order they come in',
    async ({ server, model, dialect }) => {
      const vectors = [
        [1, 0.5],
        [2, 0.25],
        [3, -0.125],
      ]
      server.enqueue({ endpoint, vectors, shuffled: true, usage: { inputTokens: 7 }, requestId: 'req_7' })
      const { embeddings, usage, response } = await model.embed(['a', 'b', 'c'])
      assert.deepEqual(embeddings, vectors)
      assert.deepEqual([usage.inputTokens, usage.outputTokens], [7, 0])
      assert.deepEqual([response.provider, response.modelId], [model.provider, model.modelId])
      if (dialect === 'openai') assert.equal(response.requestId, 'req_7')
      assert.equal(server.requests[0]?.body['model'], model.modelId)
    },
  ],
  [
    'asks for dimensions',
    async ({ server, model }) => {
      const { embeddings } = await model.embed(['a'], { dimensions: 3 })
      assert.equal(embeddings[0]?.length, 3)
      assert.equal(server.requests[0]?.body['dimensions'], 3)
    },
  ],
  [
    'asks nothing for no texts',
    async ({ server, model }) => {
      const { embeddings, usage } = await model.embed([])
      assert.deepEqual([embeddings, usage.inputTokens], [[], 0])
      assert.equal(server.requests.length, 0)
    },
  ],
  [
    'splits many texts into requests the vendor takes, and adds their usage up',
    async ({ server, model, batchSize }) => {
      const texts = Array.from({ length: batchSize * 2 + 1 }, (_, index) => `text ${index}`)
      const { embeddings, usage } = await model.embed(texts, { dimensions: 2 })
      assert.equal(embeddings.length, texts.length)
      const sizes = server.requests.map(({ body }) => [body['input']].flat().length)
      assert(sizes.length > 1 && sizes.every((size) => size <= batchSize), `sizes of requests: ${sizes}`)
      let tokens = 0
      for (const text of texts) tokens += Math.ceil(text.length / 4)
      assert.equal(usage.inputTokens, tokens)
      const [alone] = (await model.embed([`text ${batchSize + 1}`], { dimensions: 2 })).embeddings
      assert.deepEqual(embeddings[batchSize + 1], alone)
    },
  ],
]

const faults: readonly (readonly [fault: WireFault, kind: string, retryable: boolean])[] = [
  [{ status: 401 }, 'auth', false],
  [{ status: 400 }, 'bad-request', false],
  [{ status: 400, kind: 'context-overflow' }, 'context-overflow', false],
  [{ status: 429, headers: { 'retry-after': '2' } }, 'rate-limit', true],
  [{ status: 500 }, 'overloaded', true],
  [{ stop: 'reset', at: 'request' }, 'network', true],
  [{ stop: 'close', at: 'headers' }, 'network', true],
  [{ stop: 'end', at: 10 }, 'network', true],
  [{ malformedFrame: 0 }, 'network', true],
]

const failures: Check[] = [
  ...faults.map(([fault, kind, retryable]): Check => [
    `turns ${JSON.stringify(fault)} into ${kind}`,
    async ({ server, model }) => {
      server.enqueue({ endpoint, fault })
      const error = await errorOf(model.embed(['a']))
      assert.deepEqual([error.kind, error.retryable, error.provider], [kind, retryable, model.provider])
      if (kind === 'rate-limit') assert.equal(error.retryAfterMs, 2000)
    },
  ]),
  [
    'takes an answer with too few vectors for an error',
    async ({ server, model }) => {
      server.enqueue({ endpoint, rewrite: (frames) => frames.map(withOneVector) })
      await errorOf(model.embed(['a', 'b']))
    },
  ],
]

/** The same answer without its last vector. */
const withOneVector = (frame: string): string => {
  const { data, embeddings, ...rest } = JSON.parse(frame)
  return JSON.stringify({
    ...rest,
    ...(data && { data: data.slice(0, -1) }),
    ...(embeddings && { embeddings: embeddings.slice(0, -1) }),
  })
}

const stops: Check[] = [
  [
    'throws the reason of an abort and frees the socket',
    async ({ server, model }) => {
      const reason = new Error('stop')
      await assert.rejects(model.embed(['a'], { signal: AbortSignal.abort(reason) }), reason)
      assert.equal(server.requests.length, 0)
      const controller = new AbortController()
      server.enqueue({ endpoint, fault: { stop: 'hang', at: 'request' } })
      const call = assert.rejects(model.embed(['a'], { signal: controller.signal }), reason)
      await server.until(({ requests }) => requests.length === 1)
      controller.abort(reason)
      await call
      await freed(server)
      await server.until(() => getEventListeners(controller.signal, 'abort').length === 0)
    },
  ],
  [
    'times out at the deadline and frees the socket',
    async ({ server, model }) => {
      server.enqueue({ endpoint, fault: { stop: 'hang', at: 'headers' } })
      assert.equal((await errorOf(model.embed(['a'], { deadline: Date.now() + 100 }))).kind, 'timeout')
      await freed(server)
    },
  ],
]

/**
 * The contract of `EmbeddingModel`: registers its tests for one provider, each against a wire server of its own.
 *
 * @throws InvalidArgument when the dialect is unknown, or no runner is given and none is global
 */
export const testEmbeddingModel = (
  options: TestEmbeddingModelOptions,
  runner: Runner = globalRunner(),
): void => {
  const complete = { batchSize: 2048, timeoutMs: 15_000, ...options }
  const { name, dialect, create, batchSize, timeoutMs } = complete
  if (dialect !== 'openai' && dialect !== 'ollama')
    throw new InvalidArgument('dialect', "'openai' or 'ollama'", dialect)
  const run = async (test: Check[1]): Promise<void> => {
    const server = await createWireServer()
    try {
      const model = await create(server)
      await within(timeoutMs, test({ server, model, dialect, batchSize }))
    } finally {
      await server.close()
    }
  }
  runner.describe(`${name} as an EmbeddingModel (${dialect})`, () => {
    for (const [title, test] of [...answers, ...meterChecks(), ...failures, ...stops])
      runner.it(title, () => run(test))
  })
}
