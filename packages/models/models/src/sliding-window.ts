import type { Clock } from '@ashlar/core/clock'

export interface SlidingWindowOptions {
  readonly windowMs: number
  readonly clock: Clock
}

/** What any window may hold. */
export interface WindowLimits {
  readonly requests: number
  readonly tokens: number
}

/** One request in the window. */
export interface WindowEntry {
  readonly at: number
  tokens: number
}

/** Every request of the last window, so that no window of that length holds more than the limits, wherever it starts. */
export interface SlidingWindow {
  /** Milliseconds until a request with so many tokens fits; 0: now. */
  waitFor(tokens: number, limits: WindowLimits): number
  add(tokens: number): WindowEntry
  /** What the request used after all. */
  correct(entry: WindowEntry, tokens: number): void
  /** Takes the request out, as if it had not been. */
  remove(entry: WindowEntry): void
}

export const createSlidingWindow = (options: SlidingWindowOptions): SlidingWindow => {
  const { windowMs, clock } = options
  let entries: WindowEntry[] = []
  let head = 0
  let sum = 0

  /** A window includes both of its ends. */
  const leavesAt = (entry: WindowEntry): number => entry.at + windowMs + 1
  const prune = (): void => {
    const now = clock.now()
    for (let entry = entries[head]; entry && leavesAt(entry) <= now; entry = entries[++head])
      sum -= entry.tokens
    if (head > 64 && head * 2 > entries.length) {
      entries = entries.slice(head)
      head = 0
    }
  }
  /** When so many tokens are free; 0: now. */
  const freesTokens = (wanted: number): number => {
    let left = wanted
    for (let index = head; left > 0; index++) {
      const entry = entries[index]
      if (!entry) return Infinity
      left -= entry.tokens
      if (left <= 0) return leavesAt(entry)
    }
    return 0
  }
  return {
    waitFor(tokens, { requests, tokens: limit }) {
      prune()
      const blocking = entries[entries.length - requests]
      const blockedUntil = blocking && entries.length - requests >= head ? leavesAt(blocking) : 0
      return Math.max(0, Math.max(blockedUntil, freesTokens(sum + tokens - limit)) - clock.now())
    },
    add(tokens) {
      const entry = { at: clock.now(), tokens }
      entries.push(entry)
      sum += tokens
      return entry
    },
    correct(entry, tokens) {
      prune()
      if (leavesAt(entry) > clock.now()) sum += tokens - entry.tokens
      entry.tokens = tokens
    },
    remove(entry) {
      prune()
      const at = entries.indexOf(entry, head)
      if (at < 0) return
      entries.splice(at, 1)
      sum -= entry.tokens
    },
  }
}
