import { ModelError } from '@ashlar/core'
import { ollamaEmbedding } from '@ashlar/ollama'
import { openaiEmbedding } from '@ashlar/openai'
import { fakeClock, scriptedEmbeddingModel } from '@ashlar/testing'
import { createWireServer } from '@ashlar/testing/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure } from './fixture-calls.ts'
import { retryEmbedding } from './retry-embedding.ts'

const texts = Array.from({ length: 10 }, (_, index) => `text ${index}`)

const errorOf = async (embedding: Promise<unknown>): Promise<ModelError> => {
  const error = await embedding.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!ModelError.isInstance(error)) throw new Error(`expected a ModelError, got ${String(error)}`)
  return error
}

describe('retryEmbedding', () => {
  it('asks again for the batch that failed, keeps the order, and adds the usage up', async () => {
    const clock = fakeClock(0)
    const usage = { inputTokens: 5, outputTokens: 0 }
    const model = scriptedEmbeddingModel({
      errors: [undefined, failure('network', { usage })],
      tokensOf: () => 1,
    })
    const embedding = retryEmbedding(model, { batchSize: 4, clock, random: () => 0.5 }).embed(texts)
    await clock.advance(249)
    expect(model.calls.map(({ length }) => length)).toEqual([4, 4])
    await clock.advance(1)
    const result = await embedding
    expect(model.calls.map(({ length }) => length)).toEqual([4, 4, 4, 2])
    expect(result.embeddings).toEqual((await scriptedEmbeddingModel().embed(texts)).embeddings)
    expect(result.usage).toMatchObject({ inputTokens: 15, outputTokens: 0 })
  })

  it('gives what one call gives, whatever fails, where it does not give up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string(), { maxLength: 12 }),
        fc.array(
          fc.option(fc.constantFrom('network', 'overloaded', 'rate-limit', 'timeout'), { nil: undefined }),
          {
            maxLength: 6,
          },
        ),
        fc.integer({ min: 1, max: 5 }),
        async (some, kinds, batchSize) => {
          const errors = kinds.map((kind) => (kind ? failure(kind) : undefined))
          const model = retryEmbedding(scriptedEmbeddingModel({ errors }), {
            batchSize,
            attempts: 10,
            baseMs: 0,
          })
          expect((await model.embed(some)).embeddings).toEqual(
            (await scriptedEmbeddingModel().embed(some)).embeddings,
          )
        },
      ),
      { numRuns: 100 },
    )
  })

  it('gives up after its tries, at what is not retryable, past the deadline and after an abort', async () => {
    const clock = fakeClock(0)
    const failing = () =>
      scriptedEmbeddingModel({ errors: Array.from({ length: 9 }, () => failure('network')), clock })
    const model = failing()
    expect((await errorOf(retryEmbedding(model, { baseMs: 0 }).embed(['a']))).kind).toBe('network')
    expect(model.calls).toHaveLength(3)
    const refused = scriptedEmbeddingModel({ errors: [undefined, failure('auth')], tokensOf: () => 1 })
    const error = await errorOf(retryEmbedding(refused, { batchSize: 4 }).embed(texts))
    expect([error.kind, error.usage?.inputTokens, refused.calls.length]).toEqual(['auth', 4, 2])
    const late = failing()
    expect(
      (await errorOf(retryEmbedding(late, { clock, random: () => 0.5 }).embed(['a'], { deadline: 200 })))
        .kind,
    ).toBe('network')
    expect(late.calls).toHaveLength(1)
    const controller = new AbortController()
    const aborted = retryEmbedding(failing(), { clock }).embed(['a'], { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['OpenAI', (url: string) => openaiEmbedding('e', { baseURL: `${url}/v1`, apiKey: 'none' })],
    ['Ollama', (url: string) => ollamaEmbedding('e', { baseURL: url })],
  ])('gets over the faults of %s', async (_, create) => {
    const endpoint = 'embed'
    const faults = [{ status: 503 }, { stop: 'reset', at: 'request' }, { malformedFrame: 0 }] as const
    await using server = await createWireServer({
      answers: [...faults.map((fault) => ({ endpoint, fault }) as const), { endpoint }, { endpoint }],
    })
    const plain = await create(server.url)
      .embed(['a'])
      .catch((error: unknown) => error)
    expect(ModelError.isInstance(plain) && plain.kind).toBe('overloaded')
    const { embeddings } = await retryEmbedding(create(server.url), { baseMs: 1 }).embed(['a', 'b'])
    expect([embeddings.length, server.requests.length]).toEqual([2, 4])
  })

  it('refuses bad options', () => {
    const model = scriptedEmbeddingModel()
    expect(() => retryEmbedding(model, { batchSize: 0 })).toThrow(
      /^batchSize: expected a whole number of at least 1/,
    )
    expect(() => retryEmbedding(model, { attempts: 0 })).toThrow(/^attempts/)
    expect(() => retryEmbedding(model, JSON.parse('{"tries":1}'))).toThrow(
      /^tries: expected no option of this name/,
    )
    expect(() => retryEmbedding(JSON.parse('{}'))).toThrow(/^model: expected an embedding model/)
  })
})
