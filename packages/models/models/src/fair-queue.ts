/** Waiting items by key: the keys take turns, the items of one key go in order. */
export interface FairQueue<T> {
  readonly size: number
  add(key: string, item: T): void
  remove(key: string, item: T): void
  /** The item whose turn it is. */
  peek(): T | undefined
  /** Takes that item, and gives the next key its turn. */
  shift(): void
}

export const createFairQueue = <T>(): FairQueue<T> => {
  // Both keep the order of insertion, and delete in constant time.
  const lanes = new Map<string, Set<T>>()
  let size = 0
  const head = (): [string, Set<T>] | undefined => lanes.entries().next().value
  return {
    get size() {
      return size
    },
    add(key, item) {
      const lane = lanes.get(key)
      if (lane) lane.add(item)
      else lanes.set(key, new Set([item]))
      size++
    },
    remove(key, item) {
      const lane = lanes.get(key)
      if (!lane?.delete(item)) return
      size--
      if (lane.size === 0) lanes.delete(key)
    },
    peek: () => head()?.[1].values().next().value,
    shift() {
      const first = head()
      if (!first) return
      const [key, lane] = first
      for (const item of lane) {
        lane.delete(item)
        break
      }
      size--
      lanes.delete(key)
      if (lane.size > 0) lanes.set(key, lane)
    },
  }
}
