import { Line, requireCount } from './line.ts'

/** Lets `permits` work at once; the others wait in the order in which they came. */
export interface Semaphore {
  /** Permits that nobody has. */
  readonly free: number
  /** Those that wait. */
  readonly waiting: number
  /** Resolves with what gives the permit back; more than once is no error. @throws the signal's reason */
  acquire(signal?: AbortSignal): Promise<() => void>
  /** Works with a permit. */
  run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T>
}

/** @throws InvalidArgument for less than one permit */
export const createSemaphore = (permits: number): Semaphore => {
  requireCount('permits', permits)
  let free = permits
  const line = new Line<void>()
  const acquire: Semaphore['acquire'] = async (signal) => {
    signal?.throwIfAborted()
    if (free > 0) free -= 1
    else await line.wait(signal, undefined)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      if (!line.next()) free += 1
    }
  }
  return {
    get free() {
      return free
    },
    get waiting() {
      return line.length
    },
    acquire,
    run: async (work, signal) => {
      const release = await acquire(signal)
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}
