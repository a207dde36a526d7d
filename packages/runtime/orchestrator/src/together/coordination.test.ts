import { InvalidArgument } from '@ashlar/core'
import { seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBarrier } from './barrier.ts'
import { createQueue } from './queue.ts'
import { createSemaphore } from './semaphore.ts'
import { createSharedState } from './shared-state.ts'

const pause = async (ticks: number): Promise<void> => {
  for (let left = ticks; left > 0; left--) await Promise.resolve()
}
const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )

describe('a semaphore', () => {
  it('never lets more than its permits in, serves all, and forgets those that leave', async () => {
    const plan = fc.record({
      permits: fc.integer({ min: 1, max: 4 }),
      callers: fc.integer({ min: 0, max: 20 }),
      seed: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ permits, callers, seed }) => {
        const random = seededRandom(seed)
        const semaphore = createSemaphore(permits)
        let inside = 0
        let served = 0
        let left = 0
        const call = async (): Promise<void> => {
          const controller = new AbortController()
          await pause(Math.floor(random() * 5))
          const work = semaphore.run(async () => {
            expect(++inside).toBeLessThanOrEqual(permits)
            await pause(Math.floor(random() * 5))
            inside--
            served++
          }, controller.signal)
          if (random() < 0.3) controller.abort('left')
          if ((await rejected(work)) === 'left') left++
        }
        await Promise.all(Array.from({ length: callers }, call))
        expect([served + left, semaphore.free, semaphore.waiting]).toEqual([callers, permits, 0])
      }),
    )
  })
  it('an abort that comes too late takes nobody else out of the line', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    const controller = new AbortController()
    const served = semaphore.acquire(controller.signal)
    const next = semaphore.acquire()
    release()
    controller.abort('too late')
    const releaseNext = await served
    expect(semaphore.waiting).toBe(1)
    releaseNext()
    const done = await next
    done()
    expect(semaphore.free).toBe(1)
  })
  it('gives a permit back once, also when the work throws', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    release()
    release()
    expect(semaphore.free).toBe(1)
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(semaphore.free).toBe(1)
    expect(() => createSemaphore(0)).toThrow(InvalidArgument)
  })
})

describe('a barrier', () => {
  it('lets all go on together, round after round', async () => {
    const barrier = createBarrier(3)
    const order: string[] = []
    const party = async (name: string): Promise<void> => {
      for (const round of [1, 2]) {
        order.push(`${name} at ${round}`)
        expect(await barrier.arrive()).toBe(round)
        order.push(`past ${round}`)
      }
    }
    await Promise.all(['a', 'b', 'c'].map(party))
    expect(order.indexOf('past 1')).toBeGreaterThan(order.indexOf('c at 1'))
    expect(order.indexOf('past 2')).toBeGreaterThan(order.indexOf('c at 2'))
    expect(barrier.waiting).toBe(0)
  })
  it('is not opened by one that left', async () => {
    const barrier = createBarrier(2)
    const controller = new AbortController()
    const first = barrier.arrive(controller.signal)
    controller.abort('left')
    expect(await rejected(first)).toBe('left')
    expect(await rejected(barrier.arrive(AbortSignal.abort('gone')))).toBe('gone')
    const second = barrier.arrive()
    expect(barrier.waiting).toBe(1)
    expect(await Promise.all([second, barrier.arrive()])).toEqual([1, 1])
    expect(() => createBarrier(0)).toThrow(InvalidArgument)
  })
})

describe('a queue', () => {
  it('gives by priority, then in order', async () => {
    const some = createQueue<number | undefined>()
    for (const item of [1, undefined, 2]) await some.push(item)
    some.close()
    const taken: unknown[] = []
    for await (const item of some) taken.push(item)
    expect(taken).toEqual([1, undefined, 2])
    const queue = createQueue<string>()
    await queue.push('a')
    await queue.push('high', { priority: 1 })
    await queue.push('b')
    queue.close()
    const got: string[] = []
    for await (const item of queue) got.push(item)
    expect(got).toEqual(['high', 'a', 'b'])
    await expect(queue.push('c')).rejects.toThrow('closed')
  })
  it('loses and repeats nothing between many that give and take, however small', async () => {
    const plan = fc.record({
      capacity: fc.integer({ min: 1, max: 3 }),
      items: fc.integer({ min: 0, max: 30 }),
      takers: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ capacity, items, takers, seed }) => {
        const random = seededRandom(seed)
        const queue = createQueue<number>({ capacity })
        const got: number[] = []
        const taking = Array.from({ length: takers }, async () => {
          for await (const item of queue) {
            got.push(item)
            await pause(Math.floor(random() * 4))
          }
        })
        await Promise.all(
          Array.from({ length: items }, async (_, item) => {
            await pause(Math.floor(random() * 10))
            await queue.push(item)
            expect(queue.size).toBeLessThanOrEqual(capacity)
          }),
        )
        queue.close()
        await Promise.all(taking)
        expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: items }, (_, i) => i))
      }),
    )
  })
  it('closed, refuses those that wait for room', async () => {
    const queue = createQueue<number>({ capacity: 1 })
    await queue.push(1)
    const second = queue.push(2)
    queue.close()
    await expect(second).rejects.toThrow('closed')
    expect([await queue.take(), await queue.take()]).toEqual([1, undefined])
  })
  it('a taker that left gets nothing', async () => {
    const queue = createQueue<number>()
    const controller = new AbortController()
    const first = queue.take(controller.signal)
    const second = queue.take()
    controller.abort('left')
    await queue.push(1)
    expect([await rejected(first), await second]).toEqual(['left', 1])
    expect(() => createQueue({ capacity: 0 })).toThrow(InvalidArgument)
  })
})

describe('shared state', () => {
  it('loses no change, however slow they are', async () => {
    const state = createSharedState(0)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        state.update(async (value) => {
          await pause(i % 4)
          return value + 1
        }),
      ),
    )
    expect([state.value, state.version]).toEqual([20, 20])
  })
  it('cannot be changed past it, nor by a change that fails', async () => {
    const state = createSharedState({ list: [1] })
    expect(() => state.value.list.push(2)).toThrow(TypeError)
    await expect(state.update(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect([state.value.list, state.version]).toEqual([[1], 0])
    expect([await state.compareAndSet(0, { list: [] }), await state.compareAndSet(0, { list: [9] })]).toEqual(
      [true, false],
    )
  })
  it('tells when it fits', async () => {
    const state = createSharedState(0)
    const three = state.until((value) => value === 3)
    const controller = new AbortController()
    const never = state.until((value) => value > 99, controller.signal)
    const broken = state.until((value) => {
      if (value > 0) throw new Error('bad test')
      return false
    })
    for (const next of [1, 3, 5]) await state.update(() => next)
    expect([await three, await state.until((value) => value === 5)]).toEqual([3, 5])
    expect(await rejected(broken)).toEqual(new Error('bad test'))
    controller.abort('enough')
    expect(await rejected(never)).toBe('enough')
  })
})
