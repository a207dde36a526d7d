import type { Clock } from '@ashlar/core/clock'
import { createFairQueue } from './fair-queue.ts'

/** Something that waits for its turn. */
export interface Waiter<T> {
  readonly key: string
  readonly tokens: number
  readonly signal: AbortSignal | undefined
  /** Milliseconds it waits. */
  readonly patienceMs: number
  /** Called when it is its turn; what it gives is what was waited for. */
  readonly start: () => T
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

interface Place {
  readonly tokens: number
  readonly go: () => void
}

/** `waitFor` says how long until so many tokens fit. Who is first blocks the others, so that nobody is passed over. */
export const createWaitingLine = (
  waitFor: (tokens: number) => number,
  { clock }: { readonly clock: Clock },
): WaitingLine => {
  const queue = createFairQueue<Place>()
  let timer: unknown
  const drain = (): void => {
    clock.clearTimeout(timer)
    timer = undefined
    for (let next = queue.peek(); next; next = queue.peek()) {
      const milliseconds = waitFor(next.tokens)
      if (milliseconds > 0) {
        timer = clock.setTimeout(drain, milliseconds)
        return
      }
      queue.shift()
      next.go()
    }
  }
  const wait = <T>({ key, tokens, signal, patienceMs, start, tooLate }: Waiter<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clock.clearTimeout(late)
        signal?.removeEventListener('abort', leave)
      }
      const give = (error: unknown): void => {
        stop()
        queue.remove(key, place)
        reject(error)
        drain()
      }
      const leave = (): void => give(signal?.reason)
      const place: Place = {
        tokens,
        go: () => {
          stop()
          resolve(start())
        },
      }
      const late = patienceMs === Infinity ? undefined : clock.setTimeout(() => give(tooLate()), patienceMs)
      signal?.addEventListener('abort', leave, { once: true })
      queue.add(key, place)
      drain()
    })
  return {
    get length() {
      return queue.size
    },
    wait,
    drain,
  }
}
