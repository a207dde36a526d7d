import { type LanguageModel, ModelError } from '@ashlar/core'
import { fakeClock, type FakeClock, scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breaker, type BreakerState } from './breaker.ts'
import { failure, hangingModel, hello, modelErrorOf, see } from './fixture-calls.ts'

type Outcome = 'answer' | 'failure' | 'refusal' | 'left'

/** A model whose next outcome is set from outside. */
const switched = (clock: FakeClock) => {
  const state: { next: Outcome } = { next: 'answer' }
  const model = scriptedModel(
    () =>
      state.next === 'failure'
        ? { error: failure('overloaded') }
        : state.next === 'refusal'
          ? { error: failure('bad-request') }
          : 'fine',
    { clock },
  )
  return { state, model }
}

const callOnce = async (model: LanguageModel, outcome: Outcome): Promise<unknown> => {
  if (outcome !== 'left') return (await see(model.stream(hello))).error
  try {
    for await (const _ of model.stream(hello)) break
    return undefined
  } catch (error) {
    return error
  }
}

const settings = { failures: 3, windowMs: 1000, cooldownMs: 500 }

describe('breaker', () => {
  it('opens after failures in a row, refuses, probes once, and closes', async () => {
    const clock = fakeClock(0)
    const { state, model } = switched(clock)
    const told: BreakerState[] = []
    const wrapped = breaker(model, { ...settings, clock, onStateChange: (next) => told.push(next) })
    state.next = 'failure'
    for (let call = 0; call < 3; call++) await callOnce(wrapped, 'failure')
    expect([wrapped.state, model.requests.length]).toEqual(['open', 3])
    const error = await modelErrorOf(wrapped.stream(hello))
    expect([error.kind, error.retryable, error.retryAfterMs, error.attempts]).toEqual([
      'overloaded',
      false,
      500,
      [],
    ])
    expect(error.message).toBe(
      'scripted/scripted: not called, its circuit breaker is open; ask again in 500 ms',
    )
    await clock.advance(500)
    expect(wrapped.state).toBe('half-open')
    await callOnce(wrapped, 'failure')
    expect([wrapped.state, model.requests.length]).toEqual(['open', 4])
    await clock.advance(500)
    state.next = 'answer'
    await callOnce(wrapped, 'answer')
    expect([wrapped.state, model.requests.length]).toEqual(['closed', 5])
    expect(told).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
  })

  it('lets one call through while it probes, and gives the place back when that is aborted or left', async () => {
    const clock = fakeClock(0)
    const hanging = hangingModel()
    let isDown = true
    const model: LanguageModel = {
      ...hanging,
      stream: (request) =>
        (isDown ? scriptedModel([{ error: failure('network') }]) : hanging).stream(request),
    }
    const wrapped = breaker(model, { ...settings, failures: 1, clock })
    await see(wrapped.stream(hello))
    isDown = false
    await clock.advance(500)
    const controller = new AbortController()
    const probe = see(wrapped.stream({ ...hello, signal: controller.signal }))
    await clock.advance(0)
    expect((await modelErrorOf(wrapped.stream(hello))).kind).toBe('overloaded')
    expect(hanging.calls).toBe(1)
    controller.abort()
    await probe
    expect(wrapped.state).toBe('half-open')
    isDown = true
    await see(wrapped.stream(hello))
    expect(wrapped.state).toBe('open')
  })

  it('does not take the late outcome of an older call for that of the probe', async () => {
    const clock = fakeClock(0)
    const model = scriptedModel(
      (_, call) => (call === 1 ? { text: 'late', delayMs: 10_000 } : { error: failure('network') }),
      { clock },
    )
    const wrapped = breaker(model, { ...settings, clock })
    const late = see(wrapped.stream(hello))
    for (let call = 0; call < 3; call++) await see(wrapped.stream(hello))
    expect(wrapped.state).toBe('open')
    await clock.advance(10_000)
    expect((await late).text).toBe('late')
    expect(wrapped.state).toBe('half-open')
  })

  it('counts a failure in the middle of a stream', async () => {
    const model = scriptedModel(() => ({ text: 'half', error: failure('network'), errorAfter: 1 }))
    const wrapped = breaker(model, { failures: 2 })
    await see(wrapped.stream(hello))
    await see(wrapped.stream(hello))
    expect(wrapped.state).toBe('open')
  })

  it('does what its description says, whatever happens', async () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<Outcome>('answer', 'failure', 'failure', 'refusal', 'left') },
      fc.integer({ min: 1, max: 1500 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const clock = fakeClock(0)
        const { state, model } = switched(clock)
        const wrapped = breaker(model, { ...settings, clock })
        let failures: number[] = []
        let openUntil: number | undefined
        for (const next of operations) {
          if (typeof next === 'number') {
            await clock.advance(next)
            continue
          }
          state.next = next
          const calls = model.requests.length
          const error = await callOnce(wrapped, next)
          const isRefused = openUntil !== undefined && clock.now() < openUntil
          expect(model.requests.length - calls).toBe(isRefused ? 0 : 1)
          if (isRefused) {
            expect(ModelError.isInstance(error) && error.message).toContain('circuit breaker')
            continue
          }
          if (next === 'failure') {
            failures = [...failures.filter((at) => at > clock.now() - 1000), clock.now()]
            if (openUntil !== undefined || failures.length >= 3) {
              openUntil = clock.now() + 500
              failures = []
            }
          } else if (next === 'answer' || (next === 'refusal' && openUntil !== undefined)) {
            openUntil = undefined
            failures = []
          }
          const expected = openUntil === undefined ? 'closed' : clock.now() < openUntil ? 'open' : 'half-open'
          expect(wrapped.state).toBe(expected)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is not disturbed by who is told, and refuses bad options', async () => {
    const angry = (): never => {
      throw new Error('no')
    }
    const wrapped = breaker(scriptedModel([{ error: failure('network') }]), {
      failures: 1,
      onStateChange: angry,
    })
    expect((await modelErrorOf(wrapped.stream(hello))).message).toBe('network upstream')
    expect(() => breaker(scriptedModel([]), { failures: 0 })).toThrow(
      /^failures: expected a whole number of at least 1/,
    )
    expect(() => breaker(scriptedModel([]), { cooldownMs: -1 })).toThrow(/^cooldownMs/)
    expect(() => breaker(scriptedModel([]), { on: [] })).toThrow(/^on/)
  })
})
