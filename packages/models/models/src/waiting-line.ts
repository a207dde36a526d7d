import type { Clock } from '@ashlar/core/clock'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import type { LimitPlace } from './limit-store.ts'

/** Something that waits for its turn. */
export interface Waiter<T> {
  readonly key: string
  readonly tokens: number
  readonly signal: AbortSignal | undefined
  /** Milliseconds it waits. */
  readonly patienceMs: number
  /** Called when it is its turn, with its place where places are claimed; what it gives is what was waited for. */
  readonly start: (place: LimitPlace | undefined) => T
  /** What is thrown when patience has run out. */
  readonly tooLate: () => Error
}

/** Those who wait until something fits. */
export interface WaitingLine {
  readonly length: number
  wait<T>(waiter: Waiter<T>): Promise<T>
  /** Lets all go whose turn it is. Call it when more may fit. */
  drain(): void
}

export interface WaitingLineOptions {
  readonly clock: Clock
  /** Milliseconds until so many tokens fit; 0: now. */
  readonly waitFor: (tokens: number) => number
  /** Asked for a place when that is 0; gives one, or the milliseconds until it is to be asked again. */
  readonly claim?: ((tokens: number) => Promise<LimitPlace | number>) | undefined
}

interface Waiting {
  readonly tokens: number
  readonly go: (place?: LimitPlace) => void
  readonly fail: (error: unknown) => void
}

interface Line {
  readonly queue: FairQueue<Waiting>
  readonly clock: Clock
  readonly drain: () => void
}

/** Waits in the queue; leaves it when its turn comes, its patience ends or its signal aborts. */
const standIn = <T>(
  { queue, clock, drain }: Line,
  { key, tokens, signal, patienceMs, start, tooLate }: Waiter<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clock.clearTimeout(late)
      signal?.removeEventListener('abort', leave)
    }
    const give = (error: unknown): void => {
      stop()
      queue.remove(key, waiting)
      reject(error)
      drain()
    }
    const leave = (): void => give(signal?.reason)
    const waiting: Waiting = {
      tokens,
      go: (place) => {
        stop()
        resolve(start(place))
      },
      fail: give,
    }
    const late = patienceMs === Infinity ? undefined : clock.setTimeout(() => give(tooLate()), patienceMs)
    signal?.addEventListener('abort', leave, { once: true })
    queue.add(key, waiting)
    // Whoever comes later stands behind the first, which is already seen to.
    if (queue.size === 1) drain()
  })

/** Others give places back unseen: one asks again at least this often, in milliseconds. */
const longestPause = 1000

/** Who is first blocks the others, so that nobody is passed over. */
export const createWaitingLine = ({ clock, waitFor, claim }: WaitingLineOptions): WaitingLine => {
  const queue = createFairQueue<Waiting>()
  let timer: unknown
  let isAsking = false
  const drainIn = (milliseconds: number): void => {
    timer = clock.setTimeout(drain, milliseconds)
  }
  /** Leaves the line alone until there is an answer. */
  const ask = async (next: Waiting, claimPlace: NonNullable<typeof claim>): Promise<void> => {
    isAsking = true
    const answer = await claimPlace(next.tokens).finally(() => {
      isAsking = false
    })
    const isThere = queue.peek() === next
    if (typeof answer === 'number') return isThere ? drainIn(Math.min(answer, longestPause)) : drain()
    if (isThere) {
      queue.shift()
      next.go(answer)
    } else void answer.release()
    drain()
  }
  const drain = (): void => {
    if (isAsking) return
    clock.clearTimeout(timer)
    timer = undefined
    for (let next = queue.peek(); next; next = queue.peek()) {
      const milliseconds = waitFor(next.tokens)
      if (milliseconds > 0) return drainIn(milliseconds)
      if (claim) return void ask(next, claim).catch(next.fail)
      queue.shift()
      next.go()
    }
  }
  return {
    get length() {
      return queue.size
    },
    wait: (waiter) => standIn({ queue, clock, drain }, waiter),
    drain,
  }
}
