import type { ModelRequest } from '@ashlar/core'
import { fakeClock, scriptedEmbeddingModel, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { says, see } from './fixture-calls.ts'
import { semanticCache, type SemanticCacheOptions } from './semantic-cache.ts'

/** Questions about the same thing point the same way. */
const meanings: Record<string, number[]> = {
  'capital of France?': [1, 0, 0],
  'what is the capital of France?': [0.99, 0.1, 0],
  'capital of Spain?': [0, 1, 0],
}
const embeddings: SemanticCacheOptions['embeddings'] = {
  ...scriptedEmbeddingModel(),
  embed: async (texts) => ({
    embeddings: texts.map((text) => meanings[text] ?? [0, 0, 1]),
    usage: { inputTokens: 1, outputTokens: 0 },
    response: { provider: 'p', modelId: 'm' },
  }),
}
const settings = { embeddings, threshold: 0.95, tenant: () => 'acme' }

const callsFor = async (options: Partial<SemanticCacheOptions>, requests: ModelRequest[]) => {
  const model = scriptedModel(() => 'fine')
  const wrapped = semanticCache(model, { ...settings, ...options })
  for (const request of requests) await see(wrapped.stream(request))
  return model.requests.length
}
const [france, alike, spain] = Object.keys(meanings).map((text) => says(text))
if (!france || !alike || !spain) throw new Error('three questions')

describe('semanticCache', () => {
  it('answers what means the same, and nothing else', async () => {
    const model = scriptedModel(['Paris', 'Madrid'])
    const wrapped = semanticCache(model, settings)
    await see(wrapped.stream(france))
    const { text, finish } = await see(wrapped.stream(alike))
    expect([text, finish?.replayed]).toEqual(['Paris', true])
    expect((await see(wrapped.stream(spain))).text).toBe('Madrid')
  })

  it('never crosses tenants, nor answers without one', async () => {
    const tenant = ({ seed }: ModelRequest) => (seed === 0 ? undefined : `tenant ${seed}`)
    const asks = [1, 2, 0, 0].map((seed) => ({ ...france, seed }))
    expect(await callsFor({ tenant }, asks)).toBe(4)
    expect(
      await callsFor({ tenant: ({ seed }) => `tenant ${seed}` }, [
        { ...france, seed: 1 },
        { ...france, seed: 1 },
      ]),
    ).toBe(1)
  })

  it('asks that everything but the last question is equal, and that there are no tools', async () => {
    const before = { ...alike, messages: [...spain.messages, ...alike.messages] }
    expect(await callsFor({}, [france, before, { ...alike, instructions: 'Be brief.' }])).toBe(3)
    const tools = [{ name: 'pay', description: '', inputSchema: {} }]
    expect(
      await callsFor({}, [
        { ...france, tools },
        { ...france, tools },
      ]),
    ).toBe(2)
    expect(await callsFor({}, [{ messages: [] }, { messages: [] }])).toBe(2)
  })

  it('forgets after its time, and the oldest when it is full', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel(() => 'fine')
    const wrapped = semanticCache(model, { ...settings, ttlMs: 1000, maxEntries: 1, clock })
    await see(wrapped.stream(france))
    await clock.advance(1000)
    await see(wrapped.stream(france))
    expect(model.requests).toHaveLength(2)
    await see(wrapped.stream(spain))
    await see(wrapped.stream(france))
    expect(model.requests).toHaveLength(4)
  })

  it('goes on without its embeddings, but not after an abort', async () => {
    const errors: unknown[] = []
    const broken = { ...embeddings, embed: () => Promise.reject(new Error('no embeddings')) }
    expect(await callsFor({ embeddings: broken, onError: (error) => errors.push(error) }, [france])).toBe(1)
    expect(errors).toEqual([new Error('no embeddings')])
    const controller = new AbortController()
    const aborting = {
      ...embeddings,
      embed: async () => {
        controller.abort(new Error('enough'))
        throw controller.signal.reason
      },
    }
    const wrapped = semanticCache(scriptedModel([]), { ...settings, embeddings: aborting })
    expect((await see(wrapped.stream({ ...france, signal: controller.signal }))).error).toEqual(
      new Error('enough'),
    )
  })

  it('refuses bad options', () => {
    const bad = (options: object) => () => semanticCache(scriptedModel([]), { ...settings, ...options })
    expect(bad({ threshold: 1.5 })).toThrow(
      /^threshold: expected a number above 0 and at most 1, received 1.5/,
    )
    expect(bad({ threshold: undefined })).toThrow(/^threshold/)
    expect(bad({ tenant: undefined })).toThrow(/^tenant: expected a function/)
    expect(bad({ embeddings: {} })).toThrow(/^embeddings/)
    expect(bad({ maxEntries: 0 })).toThrow(/^maxEntries/)
  })
})
