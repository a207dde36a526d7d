export {
  type Account,
  type AccountLimit,
  type AccountScope,
  type AccountState,
  type Balance,
  type CallOutcome,
  type Charge,
  type ExpiryRule,
  forever,
  type Ledger,
  type LedgerRecord,
  type PriceFacts,
  type RecordFilter,
  type Reservation,
  type Settlement,
} from './ledger.ts'
export type { LedgerOptions } from './ledger-checks.ts'
export type { Notice, Outbox, TakeOptions } from './outbox.ts'
export type { SpendingLine, SpendingReport } from './ledger-report.ts'
export { memoryLedger } from './memory-ledger.ts'
export { runCost } from './run-cost.ts'
