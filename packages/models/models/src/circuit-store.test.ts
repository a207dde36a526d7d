import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { breaker, type BreakerState, memoryCircuits } from './breaker.ts'
import { failure, hello, modelErrorOf, see } from './fixture-calls.ts'
import { testCircuitStore } from './testing/index.ts'

testCircuitStore(
  {
    name: 'in memory',
    create: async () => {
      const clock = fakeClock(0)
      return { store: memoryCircuits({ clock }), advance: clock.advance }
    },
  },
  { describe, it },
)

describe('breaker with a store', () => {
  it('stops one model for what another found broken, and lets one of them probe', async () => {
    const clock = fakeClock(0)
    const store = memoryCircuits({ clock })
    const told: BreakerState[] = []
    const settings = { failures: 2, cooldownMs: 500, store, name: 'vendor', clock }
    const first = breaker(
      scriptedModel([{ error: failure('network') }, { error: failure('network') }, 'back']),
      settings,
    )
    const model = scriptedModel(['fine'])
    const second = breaker(model, { ...settings, onStateChange: (state) => told.push(state) })
    const apart = breaker(scriptedModel(['fine']), { ...settings, name: 'other' })
    for (let call = 0; call < 2; call++) await modelErrorOf(first.stream(hello))
    await clock.advance(0)
    const error = await modelErrorOf(second.stream(hello))
    expect([error.kind, error.retryable, error.retryAfterMs]).toEqual(['overloaded', false, 500])
    expect([first.state, second.state, model.requests.length]).toEqual(['open', 'open', 0])
    expect((await see(apart.stream(hello))).text).toBe('fine')
    await clock.advance(500)
    const [probe, other] = await Promise.all([see(first.stream(hello)), see(second.stream(hello))])
    expect([probe.text, String(other.error)]).toEqual([
      'back',
      expect.stringContaining('circuit breaker is open'),
    ])
    await clock.advance(0)
    expect((await see(second.stream(hello))).text).toBe('fine')
    expect(told).toEqual(['open', 'half-open', 'closed'])
  })

  it('works on when a store of somebody else cannot be told', async () => {
    const store = {
      enter: async () => ({ state: 'closed', pass: { isProbe: false, generation: 0 } }) as const,
      end: () => Promise.reject(new Error('no disk')),
    }
    expect((await see(breaker(scriptedModel(['fine']), { store }).stream(hello))).text).toBe('fine')
  })

  it('refuses what is no store, and a name without one', () => {
    const model = scriptedModel([])
    expect(() => breaker(model, JSON.parse('{"store":{"enter":1}}'))).toThrow(
      /^store: expected a store with enter, end/,
    )
    expect(() => breaker(model, { name: 'vendor' })).toThrow(/^name: expected a text, beside a store/)
  })
})
