import { InvalidArgument } from '@ashlar/core'
import { Line } from './line.ts'

/** Work that waits for whoever takes it. */
export interface Queue<T> extends AsyncIterable<T> {
  readonly size: number
  /** The highest priority comes out first; among equals, what came first. Waits while it is full. */
  push(item: T, options?: { readonly priority?: number; readonly signal?: AbortSignal }): Promise<void>
  /** Waits for an item; undefined once the queue is closed and empty. */
  take(signal?: AbortSignal): Promise<T | undefined>
  /** Takes no more; what is in it can still be taken. */
  close(): void
}

interface Entry<T> {
  readonly item: T
  readonly priority: number
}

/** An item, which may be undefined itself. */
type Taken<T> = Pick<Entry<T>, 'item'>

/** @throws InvalidArgument for a capacity below 1 */
export const createQueue = <T>({ capacity = Infinity }: { readonly capacity?: number } = {}): Queue<T> => {
  if (!(capacity >= 1)) throw new InvalidArgument('capacity', 'a number from 1', capacity)
  const items: Entry<T>[] = []
  const takers = new Line<Taken<T> | undefined>()
  const givers = new Line<void, Entry<T>>()
  let isClosed = false
  const put = (entry: Entry<T>): void => {
    const at = items.findLastIndex(({ priority }) => priority >= entry.priority)
    items.splice(at + 1, 0, entry)
  }
  const closed = (): InvalidArgument => new InvalidArgument('queue', 'one that is open', 'a closed one')
  const take = async (signal?: AbortSignal): Promise<Taken<T> | undefined> => {
    signal?.throwIfAborted()
    const first = items.shift()
    if (!first) return isClosed ? undefined : takers.wait(signal, undefined)
    // Whoever waited for room has it now, before anybody else comes.
    const giver = givers.next()
    if (giver) put(giver.brought)
    return first
  }
  return {
    get size() {
      return items.length
    },
    push: async (item, { priority = 0, signal } = {}) => {
      if (isClosed) throw closed()
      signal?.throwIfAborted()
      if (takers.next({ item })) return
      const entry = { item, priority }
      if (items.length >= capacity) await givers.wait(signal, entry)
      else put(entry)
    },
    take: async (signal) => (await take(signal))?.item,
    close: () => {
      isClosed = true
      while (takers.next(undefined));
      givers.end(closed())
    },
    [Symbol.asyncIterator]: async function* () {
      for (let taken = await take(); taken; taken = await take()) yield taken.item
    },
  }
}
