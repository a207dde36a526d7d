import { getEventListeners } from 'node:events'
import { InvalidArgument, type LanguageModel, textOf } from '@ashlar/core'
import { fakeClock, type FakeClock, scriptedModel, seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countedMeter, failure, hangingModel, hello, says, see } from './fixture-calls.ts'
import {
  balance,
  breaker,
  cache,
  coalesce,
  createRetryBudget,
  fallback,
  hedge,
  limit,
  race,
  retry,
  timeout,
} from './index.ts'

const sentence = 'The quick brown fox jumps over the lazy dog and goes home.'

/** Fails this share of its calls: before the first event, or anywhere in the answer. Goes on where it is asked to. */
const flaky = (modelId: string, { share, random }: { share: number; random: () => number }) =>
  scriptedModel(
    ({ messages }) => {
      const said = messages.length > 1 ? textOf(messages.at(-2)) : ''
      const turn = { text: sentence.slice(said.length), deltaSize: 8 }
      if (random() >= share) return turn
      const kinds = ['overloaded', 'rate-limit', 'network', 'timeout'] as const
      const error = failure(kinds[Math.floor(random() * kinds.length)] ?? 'network')
      return { ...turn, error, errorAfter: random() < 0.5 ? 0 : Math.ceil(random() * 6) }
    },
    { modelId },
  )

describe('a stack of combinators', () => {
  it('shows fewer than 0.1 % of 5 % upstream faults in 10,000 calls with two upstreams', async () => {
    const random = seededRandom(42)
    const upstreams = ['a', 'b'].map((modelId) => flaky(modelId, { share: 0.05, random }))
    const guarded = upstreams.map((model) => retry(breaker(limit(model)), { attempts: 2, baseMs: 0 }))
    const stack = fallback(guarded, { continue: true })
    let visible = 0
    for (let call = 0; call < 10_000; call++) {
      const { error, text, parts } = await see(stack.stream(hello))
      if (error) visible++
      else expect(text === sentence && parts === sentence).toBe(true)
    }
    expect(visible).toBeLessThan(10)
    const made = upstreams.reduce((sum, { requests }) => sum + requests.length, 0)
    expect(made).toBeGreaterThan(10_400)
    // The negative control: as many faults without the stack.
    let bare = 0
    for (let call = 0; call < 1000; call++)
      if ((await see(flaky('c', { share: 0.05, random }).stream(hello))).error) bare++
    expect(bare).toBeGreaterThan(25)
  })

  /** How a stack is built, and what it is called when it fails. */
  interface Plan {
    readonly name: string
    readonly build: (clock: FakeClock, leaf: () => LanguageModel) => LanguageModel
  }
  type Wrap = (inner: LanguageModel, clock: FakeClock) => LanguageModel
  type Join = (models: LanguageModel[], clock: FakeClock) => LanguageModel
  const wraps: Readonly<Record<string, Wrap>> = {
    retry: (inner, clock) => retry(inner, { attempts: 4, clock }),
    breaker: (inner, clock) => breaker(inner, { failures: 3, clock }),
    limit: (inner, clock) => limit(inner, { requestsPerMinute: 50, clock }),
    hedge: (inner, clock) => hedge(inner, { afterMs: 20, max: 3, clock }),
    timeout: (inner, clock) => timeout(inner, { firstEventMs: 300, betweenEventsMs: 300, clock }),
    coalesce: (inner, clock) => coalesce(inner, { clock }),
    cache: (inner) => cache(inner),
  }
  const joins: Readonly<Record<string, Join>> = {
    fallback: (models, clock) => fallback(models, { clock }),
    continue: (models, clock) => fallback(models, { clock, continue: true }),
    race: (models, clock) => race(models, { clock }),
    balance: (models, clock) => balance(models, { strategy: 'health-first', clock }),
  }
  /** What would nest retries or miscount is refused; the stack goes without that layer. */
  const unlessRefused = (build: () => LanguageModel, inner: LanguageModel): LanguageModel => {
    try {
      return build()
    } catch (error) {
      if (error instanceof InvalidArgument) return inner
      throw error
    }
  }
  const wrapped = ([name, wrap]: [string, Wrap], plan: Plan): Plan => ({
    name: `${name}(${plan.name})`,
    build: (clock, leaf) => {
      const inner = plan.build(clock, leaf)
      return unlessRefused(() => wrap(inner, clock), inner)
    },
  })
  const joined = ([name, join]: [string, Join], plans: Plan[]): Plan => ({
    name: `${name}([${plans.map((plan) => plan.name).join(', ')}])`,
    build: (clock, leaf) =>
      join(
        plans.map(({ build }) => build(clock, leaf)),
        clock,
      ),
  })
  const { stack } = fc.letrec<{ stack: Plan; leaf: Plan; wrap: Plan; join: Plan }>((tie) => ({
    leaf: fc.constant<Plan>({ name: 'leaf', build: (_, leaf) => leaf() }),
    wrap: fc
      .tuple(fc.constantFrom(...Object.entries(wraps)), tie('stack'))
      .map(([entry, plan]) => wrapped(entry, plan)),
    join: fc
      .tuple(fc.constantFrom(...Object.entries(joins)), fc.tuple(tie('stack'), tie('stack')))
      .map(([entry, plans]) => joined(entry, plans)),
    stack: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 1, arbitrary: tie('leaf') },
      { weight: 3, arbitrary: tie('wrap') },
      { weight: 2, arbitrary: tie('join') },
    ),
  }))

  it('never calls upstream more often than its budget allows, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(stack, fc.nat(5), fc.integer(), fc.nat(3), async ({ build }, tries, seed, ending) => {
        const clock = fakeClock(0)
        const random = seededRandom(seed)
        let calls = 0
        const leaf = (): LanguageModel => {
          const model = scriptedModel(
            () => {
              calls++
              const turn = {
                text: sentence,
                deltaSize: 8,
                delayMs: Math.floor(random() * 60),
                deltaDelayMs: 5,
              }
              if (random() < 0.3) return turn
              return { ...turn, error: failure('network'), errorAfter: random() < 0.7 ? 0 : 2 }
            },
            { clock },
          )
          return model
        }
        const model = build(clock, leaf)
        const meter = countedMeter()
        const controller = new AbortController()
        const retryBudget = createRetryBudget(tries)
        const request = { ...says('hi'), meter, retryBudget, signal: controller.signal }
        const reading = (async () => {
          if (ending !== 1) return see(model.stream(request))
          for await (const _ of model.stream(request)) break
          return undefined
        })().catch(() => undefined)
        if (ending === 2) clock.setTimeout(() => controller.abort(new Error('enough')), random() * 100)
        const state = { isRead: false }
        void reading.then(() => (state.isRead = true))
        // Hashing takes real time, after which there may be new timers.
        const patience = Date.now() + 5000
        while (!state.isRead && Date.now() < patience) await clock.advance(5000)
        expect(state.isRead).toBe(true)
        expect(calls).toBeLessThanOrEqual(1 + tries)
        expect(meter.reserved).toHaveLength(calls)
        // Calls that lost a race end after the answer does.
        await expect.poll(() => getEventListeners(controller.signal, 'abort').length).toBe(0)
        expect(meter.settled).toHaveLength(calls)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 150 },
    )
  })

  it('aborts all the way down', async () => {
    const hanging = hangingModel()
    const stack = cache(coalesce(fallback([retry(breaker(limit(hanging)))], { continue: true })))
    const controller = new AbortController()
    const reading = see(stack.stream({ ...hello, signal: controller.signal }))
    await expect.poll(() => hanging.calls).toBe(1)
    controller.abort(new Error('enough'))
    expect((await reading).error).toEqual(new Error('enough'))
    expect([hanging.aborted, getEventListeners(controller.signal, 'abort').length]).toEqual([1, 0])
  })
})
