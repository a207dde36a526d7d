import { setImmediate } from 'node:timers/promises'
import type { LanguageModel, ModelEvent } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { failure, hello, see } from './fixture-calls.ts'
import { lazyStream, startStream, type StreamEnd, type StreamWatcher } from './model-stream.ts'
import { wrapModel } from './wrap-model.ts'

const watcher = (): StreamWatcher & { readonly ends: string[]; events: number } => {
  const ends: string[] = []
  const seen = {
    ends,
    events: 0,
    event: () => void seen.events++,
    end: ({ type }: StreamEnd) => void ends.push(type),
  }
  return seen
}
const around = (model: LanguageModel, looking: StreamWatcher): LanguageModel =>
  wrapModel('test', { inner: [model], open: (request) => startStream(model, request, looking) })

describe('startStream', () => {
  it('tells every watcher once how the stream ended, however many layers there are', async () => {
    const [a, b, c] = [watcher(), watcher(), watcher()]
    const model = scriptedModel([
      'four deltas and a part',
      { error: failure('auth') },
      { text: '' },
      'x'.repeat(99),
    ])
    const stack = around(around(around(model, a), b), c)
    const { events } = await see(stack.stream(hello))
    expect([a.events, b.events, c.events]).toEqual(Array(3).fill(events.length))
    await see(stack.stream(hello))
    await see(stack.stream(hello))
    for await (const _ of stack.stream(hello)) break
    for (const { ends } of [a, b, c]) expect(ends).toEqual(['finish', 'error', 'finish', 'left'])
  })

  it('tells of an error in the middle, before the reader has it', async () => {
    const looking = watcher()
    const model = scriptedModel([{ text: 'half of it', error: failure('network'), errorAfter: 1 }])
    expect((await see(around(model, looking).stream(hello))).error).toEqual(failure('network'))
    expect([looking.events, looking.ends]).toEqual([1, ['error']])
  })

  it('is not done before what a watcher waits for is', async () => {
    const order: string[] = []
    const stored = { end: async () => void order.push(await setImmediate('stored')) }
    for await (const { type } of around(scriptedModel(['hi']), stored).stream(hello)) order.push(type)
    order.push('done')
    expect(order).toEqual(['text-delta', 'part', 'finish', 'stored', 'done'])
  })

  it('takes a stream without a finish for one that was left', async () => {
    const looking = watcher()
    const silent: LanguageModel = { provider: 'p', modelId: 'm', async *stream() {} }
    await see(around(silent, looking).stream(hello))
    const partly: LanguageModel = {
      provider: 'p',
      modelId: 'm',
      async *stream() {
        yield { type: 'text-delta', text: 'a' }
      },
    }
    await see(around(partly, looking).stream(hello))
    expect(looking.ends).toEqual(['left', 'left'])
  })
})

describe('lazyStream', () => {
  const inner = () => scriptedModel(['one', 'two'])

  it('does nothing until it is read, nor when it is left before', async () => {
    const model = inner()
    const iterator = lazyStream(() => startStream(model, hello))[Symbol.asyncIterator]()
    await iterator.return?.()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(model.requests).toHaveLength(0)
  })

  it('answers calls of next that do not wait for each other, in order', async () => {
    const iterator = lazyStream(() => startStream(inner(), hello))[Symbol.asyncIterator]()
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
    expect(results.map(({ value }) => (value as ModelEvent | undefined)?.type)).toEqual([
      'text-delta',
      'part',
      'finish',
      undefined,
    ])
  })

  it('is over after an error', async () => {
    const iterator = lazyStream(() => startStream(scriptedModel([{ error: failure('auth') }]), hello))[
      Symbol.asyncIterator
    ]()
    const [first, second] = [iterator.next(), iterator.next()]
    await expect(first).rejects.toThrow('auth upstream')
    expect([(await second).done, (await iterator.next()).done]).toEqual([true, true])
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
  })

  it('leaves the stream that is just opening', async () => {
    const looking = watcher()
    const iterator = lazyStream(() => startStream(inner(), hello, looking))[Symbol.asyncIterator]()
    const first = iterator.next()
    await iterator.return?.()
    await first
    expect(looking.ends).toEqual(['left'])
  })
})
