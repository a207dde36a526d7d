/** One finished call, as much of it as prediction learns from: numbers, no content. */
export interface CallRecord {
  readonly provider: string
  readonly modelId: string
  /** What sort of request it was: an agent's name, a route, a task. Calls of a kind write alike. @default '' */
  readonly kind?: string
  readonly inputTokens: number
  /** Thinking included. */
  readonly outputTokens: number
  /** The limit the request set, if any: an answer cut off there says only "at least". */
  readonly maxOutputTokens?: number
}

/** Where prediction reads what calls wrote before. A ledger is one. */
export interface CallHistory {
  add(record: CallRecord): void | Promise<void>
  /** The latest calls of a model, of one kind if asked, newest last. */
  records(query: {
    readonly provider: string
    readonly modelId: string
    readonly kind?: string
  }): readonly CallRecord[] | Promise<readonly CallRecord[]>
}
