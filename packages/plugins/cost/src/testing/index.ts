export type { LedgerBench } from './ledger-checks.ts'
export { type LedgerSchedule, runLedgerSchedule, type ScheduleReport } from './ledger-schedule.ts'
export { type Runner, testLedger, type TestLedgerOptions } from './test-ledger.ts'
