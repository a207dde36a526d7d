import { InvalidArgument } from '@ashlar/core'
import { fakeClock, seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BusError } from './bus-error.ts'
import type { Bus } from './bus.ts'
import { isEnvelope } from './envelope.ts'
import { inProcessBus } from './in-process-bus.ts'
import { request } from './request.ts'
import { testBus } from './testing/test-bus.ts'

testBus({ name: 'in process', create: async () => ({ bus: inProcessBus() }) }, { describe, it })

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

/** Runs the suite and tells which of its checks a bus fails. */
const failuresOf = async (create: () => Bus): Promise<string[]> => {
  const tests: [string, () => Promise<void>][] = []
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, test: () => Promise<void>) => tests.push([name, test]),
  }
  testBus({ name: 'broken', create: async () => ({ bus: create() }), patienceMs: 100 }, runner)
  const failed = await Promise.all(
    tests.map(async ([name, test]) => ((await rejection(test())) === undefined ? [] : [name])),
  )
  return failed.flat()
}

describe('the contract', () => {
  it('sees a bus that loses, repeats or reorders', async () => {
    const lossy = (): Bus => {
      const bus = inProcessBus()
      let n = 0
      return {
        ...bus,
        publish: async (topic, draft) =>
          n++ % 10 === 5 ? { ...(await bus.publish('gone', draft)) } : bus.publish(topic, draft),
      }
    }
    expect(await failuresOf(lossy)).toContain('brings events in order, to every subscription')
    const ungrouped = (): Bus => {
      const bus = inProcessBus()
      return { ...bus, subscribe: (topic, handler) => bus.subscribe(topic, handler) }
    }
    const failures = await failuresOf(ungrouped)
    expect(failures).toContain('brings an event to one of a group')
    expect(failures).toContain('gives up after the last delivery: a dead letter with the event and the error')
    const hasty = (): Bus => ({ ...inProcessBus(), close: async () => {} })
    expect(await failuresOf(hasty)).toContain(
      'close deals with what was published before, and takes nothing after',
    )
  })
  it('needs a bus to test', () => {
    expect(() => testBus(JSON.parse('{"name":"none"}'), { describe, it })).toThrow(/^create/)
  })
})

describe('inProcessBus', () => {
  it('makes publishers wait for a slow subscription, then fails them', async () => {
    const clock = fakeClock()
    const bus = inProcessBus({ capacity: 2, publishTimeoutMs: 100, closeTimeoutMs: 10, clock })
    const gate = Promise.withResolvers<void>()
    const got: unknown[] = []
    await bus.subscribe('slow', async ({ data }) => {
      got.push(data)
      await gate.promise
    })
    const published = [1, 2, 3].map((data) => bus.publish('slow', { type: 'n', data }))
    await Promise.all(published)
    const waiting = bus.publish('slow', { type: 'n', data: 4 })
    const [error] = await Promise.all([rejection(waiting), clock.advance(101)])
    expect(error).toMatchObject({ code: 'overflow' })
    const patient = bus.publish('slow', { type: 'n', data: 5 })
    gate.resolve()
    await patient
    await bus.close()
    expect(got).toEqual([1, 2, 3, 5])
  })

  it('gives room to who waits for it, not to who gave up', async () => {
    const clock = fakeClock()
    const bus = inProcessBus({ capacity: 1, publishTimeoutMs: 100, clock })
    const gate = Promise.withResolvers<void>()
    await bus.subscribe('slow', () => gate.promise)
    const publish = (data: number) => bus.publish('slow', { type: 'n', data })
    await publish(1)
    await clock.advance(0)
    await publish(2)
    const impatient = rejection(publish(3))
    await clock.advance(60)
    const patient = publish(4)
    await clock.advance(40)
    expect(await impatient).toMatchObject({ code: 'overflow' })
    gate.resolve()
    // The clock stands still: only the room that is free can let it go on.
    const first = await Promise.race([patient, clock.advance(0).then(() => clock.advance(0))])
    expect(isEnvelope(first)).toBe(true)
    await bus.close()
  })

  it('close leaves behind a handler that does not end', async () => {
    const clock = fakeClock()
    const bus = inProcessBus({ closeTimeoutMs: 1_000, clock })
    let reason: unknown
    await bus.subscribe('stuck', (_, { signal }) => {
      signal.addEventListener('abort', () => (reason = signal.reason))
      return new Promise<void>(() => {})
    })
    await bus.publish('stuck', { type: 'n' })
    const closing = bus.close()
    await clock.advance(1_000)
    await closing
    expect(BusError.isInstance(reason)).toBe(true)
  })

  it('waits longer before every delivery, never longer than the cap', async () => {
    const clock = fakeClock()
    const times: number[] = []
    const bus = inProcessBus({ clock, random: () => 1 - Number.EPSILON })
    await bus.subscribe(
      'bad',
      () => {
        times.push(clock.now())
        throw new Error('no')
      },
      { attempts: 5, baseMs: 100, capMs: 300 },
    )
    const start = clock.now()
    await bus.publish('bad', { type: 'n' })
    await clock.advance(2_000)
    expect(times.map((time) => Math.round(time - start))).toEqual([0, 100, 300, 600, 900])
    await bus.close()
  })

  it('a dead letter that cannot be dealt with makes no further one', async () => {
    const bus = inProcessBus()
    let letters = 0
    const fail = (): never => {
      letters++
      throw new Error('no')
    }
    await bus.subscribe('a', fail, { attempts: 1 })
    await bus.subscribe('dead-letter.a', fail, { attempts: 1 })
    await bus.publish('a', { type: 'n' })
    await bus.close()
    expect(letters).toBe(2)
  })

  it('every event is dealt with once by each group, whatever comes and goes', async () => {
    const plan = fc.record({
      seed: fc.nat(),
      members: fc.array(
        fc.record({ group: fc.constantFrom('a', 'b'), concurrency: fc.integer({ min: 1, max: 4 }) }),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
      events: fc.integer({ min: 0, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ seed, members, events }) => {
        const random = seededRandom(seed)
        const bus = inProcessBus({ capacity: 5, random, createId: () => `${random()}` })
        const got: Record<string, number[]> = {}
        for (const { group, concurrency } of members)
          await bus.subscribe(
            't',
            async ({ data }) => {
              if (random() < 0.3) await Promise.resolve()
              if (random() < 0.2) throw new Error('again')
              ;(got[group] ??= []).push(Number(data))
            },
            { group, concurrency, attempts: 1_000, baseMs: 0 },
          )
        for (let data = 0; data < events; data++) await bus.publish('t', { type: 'n', data })
        await bus.close()
        const all = Array.from({ length: events }, (_, i) => i)
        for (const { group } of members) expect((got[group] ?? []).toSorted((a, b) => a - b)).toEqual(all)
      }),
      { numRuns: 50 },
    )
  })

  it('a publisher that waits for a subscription that leaves goes on', async () => {
    const bus = inProcessBus({ capacity: 1 })
    const gate = Promise.withResolvers<void>()
    const subscription = await bus.subscribe('slow', () => gate.promise)
    const publishing = [1, 2, 3].map((data) => bus.publish('slow', { type: 'n', data }))
    const closing = subscription.close()
    gate.resolve()
    await closing
    expect(await Promise.all(publishing)).toHaveLength(3)
    await bus.close()
  })

  it('a request ends when it is aborted', async () => {
    const bus = inProcessBus()
    const controller = new AbortController()
    const asking = request(bus, { topic: 'nobody', draft: { type: 'ask' } }, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(asking).rejects.toThrow('enough')
    await expect(
      request(bus, { topic: 'nobody', draft: { type: 'ask' } }, { signal: controller.signal }),
    ).rejects.toThrow('enough')
    await bus.close()
  })

  it.each([[{ capacity: 0 }], [{ publishTimeoutMs: -1 }], [{ closeTimeoutMs: Number.NaN }]])(
    'refuses %j',
    (options) => {
      expect(() => inProcessBus(options)).toThrow(InvalidArgument)
    },
  )

  it('knows an envelope', async () => {
    const bus = inProcessBus()
    expect(isEnvelope(await bus.publish('a', { type: 'n' }))).toBe(true)
    expect([null, {}, { specversion: '1.0', id: 1 }].some(isEnvelope)).toBe(false)
    await expect(bus.publish('a', JSON.parse('{"type":"n","replyTo":""}'))).rejects.toThrow('replyTo')
  })
})
