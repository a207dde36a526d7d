/** What undoing may know. */
export interface CompensateContext {
  /** Aborted when it takes too long. */
  readonly signal: AbortSignal
  /** The same whenever this success is undone, also after a restart. */
  readonly idempotencyKey: string
}

export interface Compensated {
  readonly id: string
  /** Where that failed. */
  readonly error?: unknown
}
