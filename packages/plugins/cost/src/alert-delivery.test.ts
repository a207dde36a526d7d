import { fakeClock } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import type { AlertSink, BudgetAlert } from './alert.ts'
import { createDelivery, type Delivery } from './alert-delivery.ts'
import { ledgerWith } from './fixture-ledger.ts'
import { forever, type Ledger } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { told } from './outbox.ts'

const alert: BudgetAlert = {
  scope: 'all',
  id: '',
  ...forever,
  limit: 10n,
  spent: 8n,
  reserved: 0n,
  needed: 3n,
  at: 1,
  rule: 'share',
  share: 0.8,
  window: undefined,
  timeZone: 'UTC',
  message: 'much is used',
}

const leaseMs = 5000
const setUp = (ledger: Ledger = memoryLedger()) => {
  const clock = fakeClock()
  const errors: unknown[] = []
  const open = (...sinks: AlertSink[]): Delivery =>
    createDelivery({ ledger, sinks, clock, leaseMs, onError: (error) => void errors.push(error) })
  const isTold = async (receiver: string): Promise<boolean> =>
    (await ledger.outbox.nextFree([receiver])) === undefined
  return { clock, errors, ledger, open, isTold }
}

/** A sink that fails until it is repaired. */
const brittle = (receiver?: string) => {
  const heard: BudgetAlert[] = []
  const state = { tries: 0, isDown: true }
  const tell = async (each: BudgetAlert): Promise<void> => {
    state.tries++
    if (state.isDown) throw new Error('down')
    heard.push(each)
  }
  return { heard, state, sink: Object.assign(tell, receiver !== undefined && { receiver }) }
}
const hanging: AlertSink = () => new Promise(() => {})

describe('a delivery', () => {
  it('tells every sink by itself: those that hang or fail keep nobody waiting', async () => {
    const { open, errors } = setUp()
    const { heard, sink, state } = brittle()
    state.isDown = false
    const failing = (): never => {
      throw new Error('broken')
    }
    const delivery = open(hanging, failing, sink)
    await delivery.post('a', alert)
    await delivery.post('b', { ...alert, share: 1 })
    await expect.poll(() => heard.length).toBe(2)
    expect(heard).toEqual([alert, { ...alert, share: 1 }])
    expect(errors).toEqual([new Error('broken'), new Error('broken')])
  })

  it('tries a sink that fails again, ever less often, until it was told', async () => {
    const { open, clock, isTold } = setUp()
    const { heard, sink, state } = brittle()
    await open(sink).post('a', alert)
    const triesAt: number[] = []
    for (let second = 0; second < 200; second++) {
      triesAt.push(state.tries)
      await clock.advance(1000)
    }
    expect([0, 1, 2, 3, 7, 15, 31, 63, 123, 183].map((second) => triesAt[second])).toEqual([
      1, 2, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    expect(await isTold('sink 1')).toBe(false)
    state.isDown = false
    await clock.advance(60_000)
    expect([heard, await isTold('sink 1')]).toEqual([[alert], true])
    await clock.advance(600_000)
    expect(state.tries).toBe(triesAt[199] === undefined ? 0 : triesAt[199] + 1)
  })

  it('takes a sink for failed that is not done after a minute', async () => {
    const { open, clock, errors } = setUp()
    await open(hanging).post('a', alert)
    await clock.advance(59_999)
    expect(errors).toEqual([])
    await clock.advance(1)
    expect(errors).toEqual([new Error("The sink of alerts 'sink 1' took longer than 60 s")])
  })

  it('leaves alone what another is telling, and tells it when that has died', async () => {
    const { open, clock, ledger } = setUp()
    const { heard, sink, state } = brittle('hook')
    state.isDown = false
    const { promise, resolve } = Promise.withResolvers<void>()
    await open(Object.assign(() => promise, { receiver: 'hook' })).post('a', alert)
    const other = open(sink)
    await other.post('a', alert)
    await other.resume()
    // Held anew all the time.
    await clock.advance(50_000)
    expect(heard).toEqual([])
    resolve()
    await clock.advance(50_000)
    expect(heard).toEqual([])
    // As a process does that is killed while it tells.
    const dead = {
      name: 'b',
      receiver: 'hook',
      body: JSON.stringify({ ...alert, limit: '1', spent: '1', reserved: '0', needed: '0' }),
    }
    await ledger.outbox.post([dead], clock.now() + leaseMs)
    await other.resume()
    await clock.advance(leaseMs)
    expect(heard).toEqual([])
    await clock.advance(1)
    expect(heard).toMatchObject([{ limit: 1n, share: 0.8 }])
  })

  it('tells nothing that is for another sink', async () => {
    const { open, clock } = setUp()
    const { heard, sink, state } = brittle('log')
    state.isDown = false
    await open(Object.assign(hanging, { receiver: 'hook' })).post('a', alert)
    await open(sink).resume()
    await clock.advance(600_000)
    expect(heard).toEqual([])
  })

  it('tells two sinks apart that are called the same', async () => {
    const { open } = setUp()
    const [one, two] = [brittle('log'), brittle('log')]
    one.state.isDown = two.state.isDown = false
    const delivery = open(one.sink, two.sink)
    await delivery.post('a', alert)
    await delivery.flush()
    expect([one.heard.length, two.heard.length]).toEqual([1, 1])
  })

  it('flushes what waits, once more, but not for ever', async () => {
    const { open, clock, isTold } = setUp()
    const { sink, state } = brittle()
    const delivery = open(sink)
    await delivery.post('a', alert)
    await clock.advance(0)
    await delivery.flush()
    expect([state.tries, await isTold('sink 1')]).toEqual([2, false])
    state.isDown = false
    await delivery.flush()
    expect([state.tries, await isTold('sink 1')]).toEqual([3, true])
    const slow = open(Object.assign(hanging, { receiver: 'slow' }))
    await slow.post('a', alert)
    let isOver = false
    const flushing = slow.flush(3000).then(() => (isOver = true))
    await clock.advance(2999)
    expect(isOver).toBe(false)
    await clock.advance(1)
    await flushing
  })

  it('is waited for when the ledger closes, and does nothing after', async () => {
    const { open, clock, ledger, errors, isTold } = setUp()
    const { heard, sink, state } = brittle('hook')
    state.isDown = false
    const late = Object.assign(
      () => new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 500)),
      { receiver: 'late' },
    )
    const failing = brittle('failing')
    const delivery = open(sink, late, failing.sink)
    await delivery.post('a', alert)
    await clock.advance(0)
    const closing = ledger.close()
    await clock.advance(500)
    await closing
    expect([heard.length, await isTold('late'), await isTold('failing')]).toEqual([1, true, false])
    const { length } = errors
    await clock.advance(600_000)
    expect([errors.length, clock.pending, failing.state.tries]).toEqual([length, 0, 2])
  })

  it('says what goes wrong with the ledger, and goes on', async () => {
    const whole = memoryLedger()
    let isBroken = true
    const breaks =
      <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
      (...given: Given): Promise<Result> =>
        isBroken ? Promise.reject(new Error('locked')) : call(...given)
    const { outbox } = whole
    const broken = { ...outbox, take: breaks(outbox.take), hold: breaks(outbox.hold) }
    const { open, errors, clock, isTold } = setUp(ledgerWith(whole, { outbox: broken }))
    const { heard, sink, state } = brittle()
    state.isDown = false
    const delivery = open(sink)
    await delivery.resume()
    await delivery.post('a', alert)
    await clock.advance(0)
    expect(errors).toEqual(Array.from({ length: 3 }, () => new Error('locked')))
    isBroken = false
    await clock.advance(1000)
    // Nobody knew that it was told.
    expect([heard.length, await isTold('sink 1')]).toEqual([2, true])
  })
})

it('remembers for good what was told', () => expect(told).toBe(forever.until))
