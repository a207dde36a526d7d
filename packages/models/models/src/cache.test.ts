import { InvalidArgument } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { cache, type CacheOptions, type CacheStore, memoryStore } from './cache.ts'
import { countedMeter, failure, hello, says, see } from './fixture-calls.ts'
import { testCacheStore } from './testing/index.ts'

testCacheStore(
  {
    name: 'memory',
    create: async () => {
      const clock = fakeClock()
      return { store: memoryStore({ clock }), advance: clock.advance }
    },
  },
  { describe, it },
)

const spec = { name: 'pay', description: 'Pays.', inputSchema: {} }

describe('cache', () => {
  it('answers an equal request as a stream, unbilled and marked', async () => {
    const model = scriptedModel([{ reasoning: 'hm', text: 'A long enough answer.' }])
    const wrapped = cache(model)
    const meter = countedMeter()
    const first = await see(wrapped.stream({ ...hello, meter }))
    const second = await see(wrapped.stream({ ...hello, meter }))
    expect([second.text, second.parts]).toEqual([first.text, first.parts])
    expect(second.events.map(({ type }) => type)).toEqual([
      'reasoning-delta',
      'part',
      'text-delta',
      'part',
      'finish',
    ])
    expect([first.finish?.replayed, second.finish?.replayed]).toEqual([undefined, true])
    expect(second.finish?.usage).toEqual(first.finish?.usage)
    expect([meter.settled.length, wrapped.hits, wrapped.misses]).toEqual([1, 1, 1])
    const plain = await see(wrapped.stream({ ...hello, deltas: false }))
    expect(plain.events.map(({ type }) => type)).toEqual(['part', 'part', 'finish'])
  })

  it('tells apart everything that changes the answer', async () => {
    const store = memoryStore()
    const model = scriptedModel(() => 'fine')
    const requests = [
      hello,
      says('hello '),
      { ...hello, instructions: 'Be brief.' },
      { ...hello, maxOutputTokens: 5 },
      { ...hello, seed: 1 },
      { ...hello, stop: ['.'] },
      { ...hello, output: { type: 'object' } },
      { ...hello, reasoning: 'low' as const },
      { ...hello, providerOptions: { x: { a: 1, b: 2 } } },
    ]
    for (const request of requests) await see(cache(model, { store }).stream(request))
    await see(
      cache(
        scriptedModel(() => 'other', { modelId: 'other' }),
        { store },
      ).stream(hello),
    )
    await see(cache(model, { store, namespace: 'tenant' }).stream(hello))
    await see(cache(model, { store, namespace: ({ messages }) => `tenant ${messages.length}` }).stream(hello))
    expect(model.requests).toHaveLength(requests.length + 2)
    await see(cache(model, { store }).stream({ ...hello, providerOptions: { x: { b: 2, a: 1 } } }))
    await see(cache(model, { store }).stream({ ...hello, deadline: Date.now() + 1e6, deltas: false }))
    expect(model.requests).toHaveLength(requests.length + 2)
  })

  it('leaves alone what may have effects or asks for variety, unless asked', async () => {
    const model = scriptedModel(() => ({ toolCalls: [{ name: 'pay' }] }))
    const twice = async (options: CacheOptions, request: typeof hello) => {
      const before = model.requests.length
      const wrapped = cache(model, options)
      await see(wrapped.stream(request))
      await see(wrapped.stream(request))
      return model.requests.length - before
    }
    expect(await twice({}, { ...hello, tools: [spec] })).toBe(2)
    expect(await twice({ tools: true }, { ...hello, tools: [spec] })).toBe(1)
    expect(await twice({}, { ...hello, temperature: 0.7 })).toBe(2)
    expect(await twice({ sampled: true }, { ...hello, temperature: 0.7 })).toBe(1)
    expect(await twice({}, { ...hello, temperature: 0 })).toBe(1)
    expect(await twice({ when: () => false }, hello)).toBe(2)
  })

  it('keeps only complete answers', async () => {
    const turns = [
      { text: 'cut', error: failure('network'), errorAfter: 1 },
      { text: 'left' },
      { text: 'too long', finish: 'length' as const },
      { text: 'filtered', finish: 'content-filter' as const },
      'whole',
    ]
    const model = scriptedModel(turns)
    const wrapped = cache(model)
    await see(wrapped.stream(hello))
    for await (const _ of wrapped.stream(hello)) break
    for (let call = 0; call < 4; call++) await see(wrapped.stream(hello))
    expect(wrapped.hits).toBe(1)
    model.assertComplete()
  })

  it('forgets after its time, and what was used longest ago when it is full', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel(() => 'x'.repeat(500))
    const store = memoryStore({ clock, maxBytes: 5000 })
    const wrapped = cache(model, { store, ttlMs: 1000 })
    await see(wrapped.stream(says('a')))
    await see(wrapped.stream(says('b')))
    await see(wrapped.stream(says('a')))
    expect(wrapped.hits).toBe(1)
    for (const text of ['c', 'd', 'e', 'f']) await see(wrapped.stream(says(text)))
    expect(store.bytes).toBeLessThanOrEqual(5000)
    const before = model.requests.length
    await see(wrapped.stream(says('f')))
    expect(model.requests.length).toBe(before)
    await clock.advance(1000)
    await see(wrapped.stream(says('f')))
    expect(model.requests.length).toBe(before + 1)
    await store.set('huge', 'x'.repeat(5000), { ttlMs: 1000 })
    expect(await store.get('huge')).toBeUndefined()
  })

  it('never fails a call because its store does', async () => {
    const errors: unknown[] = []
    const broken: CacheStore = {
      get: () => Promise.reject(new Error('get')),
      set: () => Promise.reject(new Error('set')),
      delete: () => Promise.reject(new Error('delete')),
    }
    const onError = (error: unknown) => void errors.push(error)
    expect((await see(cache(scriptedModel(['fine']), { store: broken, onError }).stream(hello))).text).toBe(
      'fine',
    )
    expect(errors).toEqual([new Error('get'), new Error('set')])
  })

  it('asks again for what is damaged, and removes it', async () => {
    const inner = memoryStore()
    for (const damaged of ['{', '[]', '{"parts":[{"type":"text"}],"finish":{}}', '{"parts":[]}']) {
      let deleted = 0
      const store: CacheStore = {
        ...inner,
        get: async () => damaged,
        delete: async () => void deleted++,
      }
      const { text } = await see(cache(scriptedModel(['anew']), { store }).stream(hello))
      expect([text, deleted]).toEqual(['anew', 1])
    }
  })

  it('stops a replay that is aborted', async () => {
    const wrapped = cache(scriptedModel(['fine']))
    await see(wrapped.stream(hello))
    const controller = new AbortController()
    const iterator = wrapped.stream({ ...hello, signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(new Error('enough'))
    await expect(iterator.next()).rejects.toThrow('enough')
    expect(wrapped.hits).toBe(1)
    for await (const _ of wrapped.stream(hello)) break
  })

  it('refuses bad options', () => {
    const bad = (options: string) => () => cache(scriptedModel([]), JSON.parse(options))
    expect(bad('{"store":{}}')).toThrow(/^store: expected a CacheStore/)
    expect(bad('{"ttlMs":0}')).toThrow(/^ttlMs: expected a number above 0/)
    expect(bad('{"namespace":3}')).toThrow(/^namespace/)
    expect(bad('{"tools":"yes"}')).toThrow(/^tools/)
    expect(bad('{"sampled":1}')).toThrow(InvalidArgument)
    expect(() => memoryStore({ maxBytes: -1 })).toThrow(/^maxBytes/)
  })
})

describe('testCacheStore', () => {
  it('fails a store that does not keep what it was given', async () => {
    const tests: (() => Promise<void>)[] = []
    const runner = {
      describe: (_: string, body: () => void) => body(),
      it: (_: string, test: () => Promise<void>) => tests.push(test),
    }
    const forgetful = {
      get: async () => undefined,
      set: async () => undefined,
      delete: async () => undefined,
    }
    testCacheStore(
      { name: 'forgetful', create: async () => ({ store: forgetful, advance: async () => undefined }) },
      runner,
    )
    const results = await Promise.allSettled(tests.map((test) => test()))
    expect(results.filter(({ status }) => status === 'rejected').length).toBe(tests.length - 1)
    expect(() => testCacheStore(JSON.parse('{"name":"none"}'), runner)).toThrow(/^create/)
  })
})
