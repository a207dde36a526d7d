import { InvalidArgument } from '@ashlar/core'

interface Waiter<T, Brought> {
  readonly brought: Brought
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

/** Callers in line, with what they bring. An abort takes a caller out of it, and leaves no listener behind. */
export class Line<T, Brought = undefined> {
  readonly #waiters: Waiter<T, Brought>[] = []
  get length(): number {
    return this.#waiters.length
  }
  wait(signal: AbortSignal | undefined, brought: Brought): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const waiter = { brought, resolve, reject }
    this.#waiters.push(waiter)
    if (!signal) return promise
    const abort = (): void => {
      const at = this.#waiters.indexOf(waiter)
      // Its turn came first, and what it waited for is under way to it.
      if (at < 0) return
      this.#waiters.splice(at, 1)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    const off = (): void => signal.removeEventListener('abort', abort)
    promise.then(off, off)
    return promise
  }
  /** Lets the first go on, and says what it brought; undefined when nobody waits. */
  next(value: T): { readonly brought: Brought } | undefined {
    const waiter = this.#waiters.shift()
    waiter?.resolve(value)
    return waiter
  }
  end(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error)
  }
}

/** @throws InvalidArgument */
export const requireCount = (name: string, value: number): void => {
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgument(name, 'a whole number from 1', value)
}
