import { type EmbeddingModel, ModelError, type ModelErrorKind, type Usage } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import type { Runner } from './runner.ts'
import { testEmbeddingModel } from './test-embedding-model.ts'

interface Row {
  readonly index: number
  readonly embedding: number[]
}

type Defect =
  | 'keeps-order-of-arrival'
  | 'one-request'
  | 'wraps-abort'
  | 'trusts-count'
  | 'drops-usage'
  | 'no-meter'
  | 'meters-whole-calls'
  | 'keeps-reservations'
  | 'wraps-refusals'

const kinds: Readonly<Record<number, ModelErrorKind>> = { 401: 'auth', 429: 'rate-limit', 500: 'overloaded' }

/** A small, correct embedding model; or, on request, an incorrect one. */
const reference = (url: string, defect?: Defect): EmbeddingModel => {
  const facts = { provider: 'reference', modelId: 'reference-embedding' }
  const limit = defect === 'one-request' ? Number.POSITIVE_INFINITY : 4

  const ask = async (input: readonly string[], dimensions?: number, signal?: AbortSignal) => {
    const body = JSON.stringify({ model: facts.modelId, input, dimensions })
    const response = await fetch(`${url}/v1/embeddings`, { method: 'POST', body, signal: signal ?? null })
    const text = await response.text()
    const { status, headers } = response
    if (!response.ok) {
      const kind = text.includes('context_length') ? 'context-overflow' : (kinds[status] ?? 'bad-request')
      const after = headers.get('retry-after')
      throw new ModelError(text, { ...facts, kind, ...(after && { retryAfterMs: Number(after) * 1000 }) })
    }
    const { data, usage } = JSON.parse(text)
    if (data.length !== input.length && defect !== 'trusts-count') throw new Error('too few')
    const order = (a: Row, b: Row) => (defect === 'keeps-order-of-arrival' ? 0 : a.index - b.index)
    const rows: Row[] = data.toSorted(order)
    return {
      vectors: rows.map(({ embedding }) => embedding),
      tokens: defect === 'drops-usage' ? 0 : usage.prompt_tokens,
      requestId: headers.get('x-request-id') ?? '',
    }
  }

  const model: EmbeddingModel = {
    ...facts,
    async embed(texts, { dimensions, signal, deadline, meter } = {}) {
      signal?.throwIfAborted()
      const own = new AbortController()
      const stop = () => own.abort()
      signal?.addEventListener('abort', stop)
      const timer = deadline === undefined ? undefined : setTimeout(stop, deadline - Date.now())
      const embeddings: number[][] = []
      let inputTokens = 0
      let requestId = ''
      try {
        for (let start = 0; start < texts.length; start += limit) {
          const batch = texts.slice(start, start + limit)
          const metered = defect !== 'no-meter' && (defect !== 'meters-whole-calls' || start === 0)
          const settle = metered
            ? await meter?.reserve(model, defect === 'meters-whole-calls' ? texts : batch).catch(refused)
            : undefined
          let used: Usage | undefined
          try {
            const answer = await ask(batch, dimensions, own.signal)
            used = { inputTokens: answer.tokens, outputTokens: 0 }
            embeddings.push(...answer.vectors)
            inputTokens += answer.tokens
            requestId = answer.requestId
          } finally {
            if (used || defect !== 'keeps-reservations') settle?.(used)
          }
        }
      } catch (cause) {
        if (cause instanceof Refusal && defect !== 'wraps-refusals') throw cause.cause
        if (signal?.aborted && defect !== 'wraps-abort') throw signal.reason
        if (ModelError.isInstance(cause)) throw cause
        throw new ModelError(String(cause), { ...facts, kind: own.signal.aborted ? 'timeout' : 'network' })
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
      }
      return { embeddings, usage: { inputTokens, outputTokens: 0 }, response: { ...facts, requestId } }
    },
  }
  return model
}

class Refusal extends Error {}
const refused = (cause: unknown): never => {
  throw new Refusal('refused', { cause })
}

testEmbeddingModel(
  { name: 'the reference model', dialect: 'openai', batchSize: 4, create: ({ url }) => reference(url) },
  { describe, it },
)

describe('the contract catches an embedding model that', () => {
  it.each<[Defect, RegExp]>([
    ['keeps-order-of-arrival', /in the order of the texts/],
    ['one-request', /splits many texts/],
    ['wraps-abort', /throws the reason of an abort/],
    ['trusts-count', /too few vectors/],
    ['drops-usage', /splits many texts/],
    ['no-meter', /reserves before each request/],
    ['meters-whole-calls', /reserves before each request/],
    ['keeps-reservations', /settles once when the vendor refuses/],
    ['wraps-refusals', /sends nothing when the meter refuses/],
  ])('%s', async (defect, title) => {
    const failures: string[] = []
    const pending: Promise<void>[] = []
    const runner: Runner = {
      describe: (_, body) => body(),
      it: (name, test) => void pending.push(test().catch(() => void failures.push(name))),
    }
    testEmbeddingModel(
      {
        name: defect,
        dialect: 'openai',
        batchSize: 4,
        timeoutMs: 2000,
        create: ({ url }) => reference(url, defect),
      },
      runner,
    )
    await Promise.all(pending)
    expect(failures.some((name) => title.test(name))).toBe(true)
    expect(failures.length).toBeLessThan(5)
  })
})

it('knows two dialects', () => {
  const create = () => reference('http://127.0.0.1:1')
  // @ts-expect-error unknown on purpose
  expect(() => testEmbeddingModel({ name: 'x', dialect: 'x', create }, { describe, it })).toThrow('dialect')
})
