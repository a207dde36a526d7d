import { getEventListeners } from 'node:events'
import { InvalidArgument, type LanguageModel, ModelError } from '@ashlar/core'
import { fakeClock, scriptedModel, seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countedMeter, failure, hangingModel, hello, modelErrorOf, see } from './fixture-calls.ts'
import { retry } from './retry.ts'
import { createRetryBudget } from './retry-budget.ts'

const quick = { baseMs: 0 }
const down = { error: failure('overloaded') }

describe('retry', () => {
  it('calls again what failed before its first event, and tells of the tries', async () => {
    const model = scriptedModel([down, { error: failure('network') }, 'fine'])
    const { text, finish } = await see(retry(model, quick).stream(hello))
    expect(text).toBe('fine')
    expect(finish?.attempts).toEqual([
      { provider: 'scripted', modelId: 'scripted', error: 'overloaded upstream' },
      { provider: 'scripted', modelId: 'scripted', error: 'network upstream' },
      { provider: 'scripted', modelId: 'scripted', usage: { inputTokens: 10, outputTokens: 5 } },
    ])
  })

  it('adds nothing to an answer that came at once', async () => {
    const { finish } = await see(retry(scriptedModel(['fine'])).stream(hello))
    expect(finish).not.toHaveProperty('attempts')
  })

  it('gives up after `attempts`, with all of them', async () => {
    const model = scriptedModel(() => down)
    const error = await modelErrorOf(retry(model, { ...quick, attempts: 4 }).stream(hello))
    expect([error.kind, error.attempts?.length, model.requests.length]).toEqual(['overloaded', 4, 4])
  })

  it('does not repeat what the vendor would refuse again, nor what has begun', async () => {
    for (const turn of [
      { error: failure('auth') },
      { error: failure('bad-request') },
      { error: failure('rate-limit', { retryable: false }) },
      { error: new TypeError('a bug') },
      { text: 'half of it', error: failure('network'), errorAfter: 1 },
    ]) {
      const model = scriptedModel([turn])
      const { error } = await see(retry(model, quick).stream(hello))
      expect(error).toBe(turn.error)
    }
  })

  it('waits at random between 0 and twice as long each time, and after what the vendor asks', async () => {
    const clock = fakeClock(0)
    const at: number[] = []
    const model = scriptedModel(
      (_, call) => {
        at.push(clock.now())
        return call === 4
          ? 'fine'
          : { error: failure('overloaded', call === 3 ? { retryAfterMs: 9000 } : {}) }
      },
      { clock },
    )
    const reading = see(retry(model, { attempts: 4, clock, random: () => 0.5 }).stream(hello))
    await clock.advance(60_000)
    await reading
    expect(at).toEqual([0, 250, 750, 750 + 9000 + 1000])
  })

  it('keeps every wait within its bounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 6 }), async (seed, attempts) => {
        const clock = fakeClock(0)
        const at: number[] = []
        const model = scriptedModel(() => {
          at.push(clock.now())
          return down
        })
        const options = { attempts, baseMs: 100, capMs: 1000, clock, random: seededRandom(seed) }
        const reading = see(retry(model, options).stream(hello))
        await clock.advance(10_000)
        await reading
        expect(at).toHaveLength(attempts)
        for (const [index, time] of at.slice(1).entries())
          expect(time - (at[index] ?? 0)).toBeLessThanOrEqual(Math.min(1000, 100 * 2 ** index))
      }),
      { numRuns: 20 },
    )
  })

  it('does not wait past the deadline, nor for a vendor that asks too much', async () => {
    const clock = fakeClock(0)
    const later = { error: failure('rate-limit', { retryAfterMs: 5000 }) }
    const late = scriptedModel([later], { clock })
    expect(
      (await modelErrorOf(retry(late, { clock }).stream({ ...hello, deadline: 4000 }))).retryAfterMs,
    ).toBe(5000)
    const long = scriptedModel([later], { clock })
    await modelErrorOf(retry(long, { clock, maxRetryAfterMs: 4999 }).stream(hello))
    expect(clock.pending).toBe(0)
  })

  it('never calls more often than the budget of the run allows', async () => {
    const retryBudget = createRetryBudget(3)
    const model = scriptedModel(() => down)
    const meter = countedMeter()
    const wrapped = retry(model, { ...quick, attempts: 3 })
    for (let call = 0; call < 3; call++) await see(wrapped.stream({ ...hello, retryBudget, meter }))
    expect([model.requests.length, meter.settled.length, retryBudget.left]).toEqual([6, 6, 0])
  })

  it('stops waiting as soon as it is aborted', async () => {
    const clock = fakeClock(0)
    const controller = new AbortController()
    const model = scriptedModel(() => down, { clock })
    const reading = see(
      retry(model, { clock, baseMs: 1e6, capMs: 1e6 }).stream({ ...hello, signal: controller.signal }),
    )
    await clock.advance(0)
    expect(clock.pending).toBe(1)
    controller.abort(new Error('enough'))
    expect((await reading).error).toEqual(new Error('enough'))
    expect([clock.pending, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0])
  })

  it('does not take an abort for a failure', async () => {
    const controller = new AbortController()
    const model = hangingModel()
    const reading = see(retry(model, quick).stream({ ...hello, signal: controller.signal }))
    controller.abort(failure('timeout'))
    expect((await reading).error).toBe(controller.signal.reason)
    expect(model.calls).toBe(1)
  })

  it('is refused around another retry, and does nothing where that is hidden', async () => {
    expect(() => retry(retry(scriptedModel([])))).toThrow(InvalidArgument)
    const model = scriptedModel(() => down)
    const inner = retry(model, { ...quick, attempts: 5 })
    const hidden: LanguageModel = {
      provider: 'p',
      modelId: 'm',
      stream: (request) => inner.stream({ ...request }),
    }
    await modelErrorOf(retry(hidden, { ...quick, attempts: 2 }).stream(hello))
    expect(model.requests).toHaveLength(2)
  })

  it('refuses bad options, naming them', () => {
    const model = scriptedModel([])
    expect(() => retry(model, { attempts: 0 })).toThrow(
      /^attempts: expected a whole number of at least 1 .*received 0/,
    )
    expect(() => retry(model, { baseMs: -1 })).toThrow(
      /^baseMs: expected a number of at least 0, received -1/,
    )
    expect(() => retry(model, { capMs: Number.NaN })).toThrow(/^capMs/)
    expect(() => retry(model, JSON.parse('{"retries":3}'))).toThrow(
      /^retries: expected no option of this name/,
    )
    expect(() => retry(JSON.parse('{}'))).toThrow(/^model: expected a language model/)
    expect(() => createRetryBudget(-1)).toThrow(/^tries/)
  })

  it('leaves an error of the second try that comes in the middle with what had arrived', async () => {
    const partial = [{ type: 'text' as const, text: 'half' }]
    const model = scriptedModel([
      down,
      { text: 'half', error: failure('network', { partial }), errorAfter: 1 },
    ])
    const error = await modelErrorOf(retry(model, quick).stream(hello))
    expect([error.partial, error.attempts?.length]).toEqual([partial, 2])
    expect(error).toBeInstanceOf(ModelError)
  })
})
