import { isObject } from '@ashlar/core'
import { createSemaphore } from './semaphore.ts'

/** A value that many change, one after the other, and watch. */
export interface SharedState<T> {
  readonly value: T
  /** Counts the changes. */
  readonly version: number
  /** Makes the next value of this one; others wait. What `change` throws leaves the value as it was. */
  update(change: (value: T) => T | Promise<T>): Promise<T>
  /** Sets the value if nobody has changed it since `version`; false otherwise. */
  compareAndSet(version: number, value: T): Promise<boolean>
  /** Resolves with the first value, now or later, that fits. @throws the signal's reason */
  until(fits: (value: T) => boolean, signal?: AbortSignal): Promise<T>
}

/** Nobody changes the value but through the state: objects are frozen, all the way down. */
const freeze = <T>(value: T): T => {
  if (Array.isArray(value) || isObject(value))
    for (const one of Object.values(Object.freeze(value))) freeze(one)
  return value
}

export const createSharedState = <T>(initial: T): SharedState<T> => {
  let value = freeze(initial)
  let version = 0
  const turn = createSemaphore(1)
  const watchers = new Set<() => void>()
  const set = (next: T): T => {
    value = freeze(next)
    version += 1
    for (const watch of watchers) watch()
    return value
  }
  return {
    get value() {
      return value
    },
    get version() {
      return version
    },
    update: (change) => turn.run(async () => set(await change(value))),
    compareAndSet: (expected, next) =>
      turn.run(() => {
        if (version !== expected) return false
        set(next)
        return true
      }),
    until: async (fits, signal) => {
      signal?.throwIfAborted()
      if (fits(value)) return value
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const abort = (): void => reject(signal?.reason)
      const watch = (): void => {
        try {
          if (fits(value)) resolve(value)
        } catch (error) {
          reject(error)
        }
      }
      watchers.add(watch)
      signal?.addEventListener('abort', abort, { once: true })
      try {
        return await promise
      } finally {
        watchers.delete(watch)
        signal?.removeEventListener('abort', abort)
      }
    },
  }
}
