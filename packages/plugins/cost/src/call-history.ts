import type { Usage } from '@ashlar/core'

/** One finished call, as much of it as prediction learns from: numbers, no content. */
export interface CallRecord {
  readonly provider: string
  readonly modelId: string
  /** What sort of request it was: an agent's name, a route, a task. Calls of a kind write alike. @default none */
  readonly kind?: string
  /** Thinking included. */
  readonly outputTokens: number
  /** The limit the request set, if any: an answer that was cut off there says only "at least". */
  readonly maxOutputTokens?: number
}

/** Which calls. */
export interface CallQuery {
  readonly provider: string
  readonly modelId: string
  /** @default all kinds */
  readonly kind?: string
}

/** Where prediction reads what calls wrote before. */
export interface CallHistory {
  add(record: CallRecord): void
  /** Calls in the order they were made. */
  records(query: CallQuery): Iterable<CallRecord> | AsyncIterable<CallRecord>
}

export interface CallHistoryOptions {
  /** How many calls of each model and kind are kept, the newest. @default 500 */
  readonly limit?: number
  /** How many models and kinds are kept. @default 1000 */
  readonly maxKinds?: number
}

/** A history in memory, which reads at once. */
export interface RecentCalls extends CallHistory {
  records(query: CallQuery): readonly CallRecord[]
}

/** A history in memory. */
export const createCallHistory = (options: CallHistoryOptions = {}): RecentCalls => {
  const { limit = 500, maxKinds = 1000 } = options
  const kept = new Map<string, CallRecord[]>()
  const nameOf = ({ provider, modelId, kind }: CallQuery): string =>
    JSON.stringify([provider, modelId, kind ?? ''])
  const append = (name: string, record: CallRecord): void => {
    const list = kept.get(name) ?? []
    kept.delete(name)
    kept.set(name, list)
    list.push(record)
    if (list.length > limit) list.shift()
    const [oldest] = kept.keys()
    if (kept.size > maxKinds && oldest !== undefined) kept.delete(oldest)
  }
  return {
    add: (record) => {
      const { provider, modelId, kind } = record
      append(nameOf({ provider, modelId }), record)
      if (kind) append(nameOf({ provider, modelId, kind }), record)
    },
    records: (query) => [...(kept.get(nameOf(query)) ?? [])],
  }
}

/** A call as a ledger keeps it. */
export interface LedgerCall {
  readonly provider: string
  readonly modelId: string
  readonly kind?: string
  readonly maxOutputTokens?: number
  readonly outcome: string
  /** Absent when nothing was used. */
  readonly usage?: Usage
}

/** What is asked of a ledger: the one of this package, or yours. */
export interface CallLedger {
  records(filter: CallQuery): AsyncIterable<LedgerCall>
}

/** A ledger as a history: its calls that came to their end. The ledger has them already, so nothing is added. */
export const ledgerHistory = (ledger: CallLedger): Pick<CallHistory, 'records'> => ({
  async *records(query) {
    for await (const { provider, modelId, kind, maxOutputTokens, outcome, usage } of ledger.records(query))
      if (outcome === 'ok' && usage)
        yield {
          provider,
          modelId,
          outputTokens: usage.outputTokens,
          ...(kind !== undefined && { kind }),
          ...(maxOutputTokens !== undefined && { maxOutputTokens }),
        }
  },
})
