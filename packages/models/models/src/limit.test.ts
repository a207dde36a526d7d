import { getEventListeners } from 'node:events'
import type { LanguageModel, RateLimit } from '@ashlar/core'
import { fakeClock, type FakeClock, scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, hello, modelErrorOf, says, see } from './fixture-calls.ts'
import { limit } from './limit.ts'
import { race } from './race.ts'
import { retry } from './retry.ts'

interface Sent {
  readonly at: number
  readonly who: string
  readonly tokens: number
}

/** An upstream that notes when it was called; `text` of the request is `who:tokens`. */
const upstream = (clock: FakeClock, takesMs: (index: number) => number = () => 0) => {
  const sent: Sent[] = []
  const model: LanguageModel = {
    provider: 'up',
    modelId: 'stream',
    async *stream({ messages }) {
      const part = messages[0]?.content[0]
      const [who = '', tokens = '1'] = part?.type === 'text' ? part.text.split(':') : []
      sent.push({ at: clock.now(), who, tokens: Number(tokens) })
      const takes = takesMs(sent.length)
      if (takes > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, takes))
      const usage = { inputTokens: Number(tokens), outputTokens: 0 }
      yield { type: 'finish', reason: 'stop', usage, response: { provider: 'up', modelId: 'stream' } }
    },
  }
  return { sent, model }
}

const readTokens = ({ messages }: { messages: typeof hello.messages }): number => {
  const part = messages[0]?.content[0]
  return part?.type === 'text' ? Number(part.text.split(':')[1] ?? 1) : 1
}
const readKey = ({ messages }: { messages: typeof hello.messages }): string => {
  const part = messages[0]?.content[0]
  return part?.type === 'text' ? (part.text.split(':')[0] ?? '') : ''
}

/** The most that any window of 60 seconds holds, both ends included. */
const fullestWindow = (sent: readonly Sent[], weigh: (one: Sent) => number): number => {
  let most = 0
  for (const { at } of sent) {
    let sum = 0
    for (const other of sent) if (other.at >= at && other.at <= at + 60_000) sum += weigh(other)
    most = Math.max(most, sum)
  }
  return most
}

describe('limit', () => {
  it('serves 1,000 concurrent callers at 100 a minute: never more in any window, each in its turn', async () => {
    const clock = fakeClock(0)
    const { sent, model } = upstream(clock)
    const wrapped = limit(model, { requestsPerMinute: 100, key: readKey, clock })
    const tenants = 10
    const callers = Array.from({ length: 1000 }, (_, index) =>
      see(wrapped.stream(says(`t${index % tenants}:1`))),
    )
    await clock.advance(0)
    expect([sent.length, wrapped.queued]).toEqual([100, 900])
    await clock.advance(10 * 60_001)
    const answers = await Promise.all(callers)
    expect(answers.every(({ finish }) => finish)).toBe(true)
    expect([sent.length, wrapped.queued, clock.pending]).toEqual([1000, 0, 0])
    expect(fullestWindow(sent, () => 1)).toBe(100)
    // As fast as the limit allows: the last tenth starts right after nine windows.
    expect(sent.at(-1)?.at).toBe(9 * 60_001)
    // The negative control: without a limit everything is sent at once.
    const free = upstream(clock)
    await Promise.all(Array.from({ length: 1000 }, () => see(free.model.stream(says('t:1')))))
    expect(fullestWindow(free.sent, () => 1)).toBe(1000)
  })

  it('lets keys take turns, so that one with a long queue does not starve another', async () => {
    const clock = fakeClock(0)
    const { sent, model } = upstream(clock)
    const wrapped = limit(model, { requestsPerMinute: 2, key: readKey, clock })
    const greedy = Array.from({ length: 20 }, (_, index) => see(wrapped.stream(says(`greedy:${index + 1}`))))
    await clock.advance(1)
    const modest = [see(wrapped.stream(says('modest:1'))), see(wrapped.stream(says('modest:2')))]
    await clock.advance(2 * 60_001)
    await Promise.all(modest)
    expect(sent.map(({ who }) => who)).toEqual(['greedy', 'greedy', 'greedy', 'modest', 'greedy', 'modest'])
    await clock.advance(10 * 60_001)
    await Promise.all(greedy)
    const order = sent.filter(({ who }) => who === 'greedy').map(({ tokens }) => tokens)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  it('keeps requests and tokens within their limits, whoever comes when, stays or leaves', async () => {
    const caller = fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      who: fc.constantFrom('a', 'b', 'c'),
      tokens: fc.integer({ min: 0, max: 100 }),
      takesMs: fc.integer({ min: 0, max: 90_000 }),
      leavesAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(caller, { maxLength: 30 }), async (callers) => {
        const clock = fakeClock(0)
        const { sent, model } = upstream(clock, (index) => callers[index - 1]?.takesMs ?? 0)
        const wrapped = limit(model, {
          requestsPerMinute: 4,
          tokensPerMinute: 150,
          countTokens: readTokens,
          key: readKey,
          maxWaitMs: Infinity,
          clock,
        })
        const readings = []
        const signals = []
        for (const { afterMs, who, tokens, leavesAfterMs } of callers) {
          await clock.advance(afterMs)
          const controller = new AbortController()
          if (leavesAfterMs !== null)
            clock.setTimeout(() => controller.abort(new Error('left')), leavesAfterMs)
          signals.push(controller.signal)
          readings.push(see(wrapped.stream(says(`${who}:${tokens}`, { signal: controller.signal }))))
        }
        await clock.advance(40 * 60_001)
        for (const [index, { error, finish }] of (await Promise.all(readings)).entries()) {
          expect(finish !== undefined || error instanceof Error).toBe(true)
          if (callers[index]?.leavesAfterMs === null) expect(error).toBeUndefined()
        }
        expect(fullestWindow(sent, () => 1)).toBeLessThanOrEqual(4)
        expect(fullestWindow(sent, ({ tokens }) => tokens)).toBeLessThanOrEqual(150)
        expect([wrapped.queued, clock.pending]).toEqual([0, 0])
        for (const signal of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(0)
      }),
      { numRuns: 40 },
    )
  })

  it('gives back tokens that were not used', async () => {
    const clock = fakeClock(0)
    const { sent, model } = upstream(clock)
    const wrapped = limit(model, { tokensPerMinute: 100, countTokens: () => 90, clock })
    for (let call = 0; call < 2; call++) await see(wrapped.stream(says('a:5')))
    expect(sent).toHaveLength(2)
    const third = see(wrapped.stream(says('a:1')))
    await third
    expect(sent).toHaveLength(3)
  })

  it('bounds its queue with a clear error, and refuses what can never fit', async () => {
    const clock = fakeClock(0)
    const { model } = upstream(clock)
    const wrapped = limit(model, {
      requestsPerMinute: 1,
      tokensPerMinute: 50,
      countTokens: readTokens,
      maxQueue: 1,
      clock,
    })
    await see(wrapped.stream(says('a:1')))
    const waiting = see(wrapped.stream(says('a:1')))
    await clock.advance(0)
    expect(await modelErrorOf(wrapped.stream(says('a:1')))).toMatchObject({
      kind: 'rate-limit',
      retryable: false,
      retryAfterMs: 60_001,
      attempts: [],
      message:
        'up/stream: not sent, the queue is full (1 waiting); raise maxQueue or the limits, or send less',
    })
    expect((await modelErrorOf(wrapped.stream(says('a:51')))).message).toContain('51 tokens, and 50 a minute')
    await clock.advance(60_001)
    expect((await waiting).finish).toBeDefined()
  })

  it('fails what waits past its deadline or too long, at once where that is known', async () => {
    const clock = fakeClock(0)
    const { model } = upstream(clock)
    const wrapped = limit(model, { requestsPerMinute: 1, maxWaitMs: 70_000, clock })
    await see(wrapped.stream(hello))
    const late = modelErrorOf(wrapped.stream({ ...hello, deadline: 5000 }))
    await clock.advance(5000)
    expect((await late).kind).toBe('timeout')
    const second = see(wrapped.stream(hello))
    const third = modelErrorOf(wrapped.stream(hello))
    await clock.advance(70_000)
    expect((await second).finish).toBeDefined()
    expect((await third).message).toContain('it waited 70000 ms')
    const impatient = limit(model, { requestsPerMinute: 1, maxWaitMs: 10, clock })
    await see(impatient.stream(hello))
    expect((await modelErrorOf(impatient.stream(hello))).message).toContain('it would wait 60001 ms')
    expect(clock.pending).toBe(0)
  })

  it('waits as long as the vendor asks after a 429', async () => {
    const clock = fakeClock(0)
    const at: number[] = []
    const model = scriptedModel((_, call) => {
      at.push(clock.now())
      return call === 1 ? { error: failure('rate-limit', { retryAfterMs: 3000 }) } : 'fine'
    })
    const wrapped = limit(model, { clock })
    await see(wrapped.stream(hello))
    const reading = see(wrapped.stream(hello))
    await clock.advance(3000)
    expect([(await reading).text, at]).toEqual(['fine', [0, 3000]])
  })

  it('learns from the headers what is left, counting what is under way', async () => {
    const clock = fakeClock(0)
    const limits: RateLimit[] = [
      { requestsRemaining: 2, requestsResetAt: 10_000, tokensRemaining: 1000, tokensResetAt: 10_000 },
      { requestsRemaining: 50, requestsResetAt: 20_000, tokensRemaining: 10, tokensResetAt: 20_000 },
    ]
    const at: number[] = []
    const model: LanguageModel = {
      provider: 'p',
      modelId: 'm',
      async *stream() {
        const rateLimit = limits[at.push(clock.now()) - 1]
        const response = { provider: 'p', modelId: 'm', ...(rateLimit && { rateLimit }) }
        if (at.length === 3) await new Promise<void>((resolve) => clock.setTimeout(resolve, 1000))
        yield { type: 'finish', reason: 'stop', usage: { inputTokens: 50, outputTokens: 50 }, response }
      },
    }
    const wrapped = limit(model, { countTokens: () => 100, clock })
    await see(wrapped.stream(hello))
    await see(wrapped.stream(hello))
    const blocked = see(wrapped.stream(hello))
    await clock.advance(19_999)
    expect(at).toEqual([0, 0])
    await clock.advance(1001)
    await blocked
    expect(at).toEqual([0, 0, 20_000])
  })

  it('frees its place when the stream is left, fails or cannot start', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel(['left early', { error: failure('auth') }], { clock })
    const wrapped = limit(model, { tokensPerMinute: 5000, clock })
    for await (const _ of wrapped.stream(hello)) break
    expect((await modelErrorOf(wrapped.stream(hello))).kind).toBe('auth')
    const broken = limit({ ...model, stream: () => JSON.parse('not json') }, { requestsPerMinute: 5, clock })
    expect((await see(broken.stream(hello))).error).toBeInstanceOf(SyntaxError)
    expect(clock.pending).toBe(0)
  })

  it('refuses bad options, and layers that call more than once', async () => {
    const model = scriptedModel([])
    expect(() => limit(model, { requestsPerMinute: -3 })).toThrow(
      /^requestsPerMinute: expected a whole number of at least 1, received -3/,
    )
    expect(() => limit(model, { maxQueue: 1.5 })).toThrow(/^maxQueue/)
    expect(() => limit(model, JSON.parse('{"key":"tenant"}'))).toThrow(/^key: expected a function/)
    expect(() => limit(retry(model))).toThrow(/put limit inside, received "limit around retry"/)
    expect(() => limit(race([model]))).toThrow(/limit around race/)
    const { error } = await see(limit(model, { countTokens: () => Number.NaN }).stream(hello))
    expect(String(error)).toContain('countTokens: expected a function that gives a number')
  })
})
