/** What one receiver is to be told once, such as an alert a webhook is to get. */
export interface Notice {
  /** What it is about; the same for every receiver. */
  readonly name: string
  readonly receiver: string
  readonly body: string
}

/** Which notices are taken. */
export interface TakeOptions {
  readonly receivers: readonly string[]
  /** Milliseconds since the epoch, as all times here. */
  readonly now: number
  readonly heldUntil: number
}

/**
 * What is to be told, kept until it has been, whatever happens to who tells it. A notice is held by one of those who
 * share the ledger at a time; when its hold ends and it was not told, whoever takes it next tells it again.
 */
export interface Outbox {
  /** Writes notices down; gives back those that were not there yet, which are held for the caller. */
  post(notices: readonly Notice[], heldUntil: number): Promise<readonly Notice[]>
  /** Takes up to 100 that were not told and that nobody holds at `now`, and holds them for the caller. */
  take(options: TakeOptions): Promise<readonly Notice[]>
  /** When the next hold ends of what was not told, as far as it is known now; nothing when all was. */
  nextFree(receivers: readonly string[]): Promise<number | undefined>
  /** Holds a notice until another time, or lets it go with one that has passed; `told` does so for good. */
  hold(notice: Notice, until: number): Promise<void>
}

/** Held until then, a notice has been told. */
export const told = 8.64e15

/** Notices taken at a time. */
export const mostTaken = 100

/** An outbox in memory. */
export const memoryOutbox = (): Outbox => {
  const kept = new Map<string, { readonly notice: Notice; heldUntil: number }>()
  const keyOf = ({ name, receiver }: Notice): string => JSON.stringify([name, receiver])
  return {
    post: async (notices, heldUntil) =>
      notices.filter((notice) => {
        const isNew = !kept.has(keyOf(notice))
        if (isNew) kept.set(keyOf(notice), { notice, heldUntil })
        return isNew
      }),
    take: async ({ receivers, now, heldUntil }) => {
      const free = [...kept.values()]
        .filter((entry) => entry.heldUntil <= now && receivers.includes(entry.notice.receiver))
        .slice(0, mostTaken)
      for (const entry of free) entry.heldUntil = heldUntil
      return free.map(({ notice }) => notice)
    },
    nextFree: async (receivers) => {
      const ends = [...kept.values()]
        .filter((entry) => entry.heldUntil < told && receivers.includes(entry.notice.receiver))
        .map(({ heldUntil }) => heldUntil)
      return ends.length > 0 ? Math.min(...ends) : undefined
    },
    hold: async (notice, until) => {
      const entry = kept.get(keyOf(notice))
      if (entry && entry.heldUntil < told) entry.heldUntil = until
    },
  }
}
