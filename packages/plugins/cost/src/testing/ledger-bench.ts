import {
  type AccountLimit,
  forever,
  type Ledger,
  type LedgerRecord,
  type Reservation,
  type Settlement,
} from '../ledger.ts'

/** A ledger under test. */
export interface LedgerBench {
  /** With nothing in it; lost calls are charged. */
  readonly ledger: Ledger
  /** Opens it once more, as a restart would; for ledgers that outlive a process. */
  readonly reopen?: () => Promise<Ledger>
  /** Called after every test. */
  readonly close?: () => Promise<void>
}

/** One thing every ledger does. */
export type LedgerCheck = readonly [name: string, test: (bench: LedgerBench) => Promise<void>]

/** When most calls are made. */
export const noon: number = Date.UTC(2026, 2, 14, 12)
/** Milliseconds. */
export const dayMs = 86_400_000

/** A call, for so much at most. */
export const call = (amount: bigint, more: Partial<Reservation> = {}): Reservation => ({
  id: crypto.randomUUID(),
  provider: 'openai',
  modelId: 'gpt',
  amount,
  at: noon,
  leaseUntil: noon + 1000,
  ...more,
})
/** A limit of all calls, unless it says of which. */
export const limit = (amount: bigint, more: Partial<AccountLimit> = {}): AccountLimit => ({
  scope: 'all',
  id: '',
  ...forever,
  limit: amount,
  ...more,
})
/** An end as it should be. */
export const ok = (cost: bigint, at: number = noon + 500): Settlement => ({ outcome: 'ok', cost, at })

/** Every record. */
export const all = async (records: AsyncIterable<LedgerRecord>): Promise<LedgerRecord[]> => {
  const found: LedgerRecord[] = []
  for await (const record of records) found.push(record)
  return found
}
